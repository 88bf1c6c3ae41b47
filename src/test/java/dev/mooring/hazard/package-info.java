/**
 * What broke other brokers, sent to this one: hazards and CVE inputs over real sockets, against the whole broker. Each
 * test shows the answer that the standard names, that only the attacker's connection suffers (a {@link Witness} keeps
 * being served), and, where that is the point, that memory and time stay bounded.
 *
 * <p>Hazards, by the project's list of them:
 *
 * <pre>
 *  1-5   QoS 2 and redelivery                Qos2Test
 *  6     take-over                           TakeOverTest
 *  7     Wills                               WillTest
 *  8, 15 retained messages, # over 30,000    RetainedTest
 *  10    clock jumps                         ClockTest
 *  11    slow consumers                      SlowConsumerTest
 *  12    a store slower than its publishers  FloodingPublisherTest
 *  13    lengths and properties              LengthTest
 *  14    subscription bombs                  SubscriptionBombTest
 *  16,19 connect storms, login floods        ConnectStormTest
 *  17    half-open, slow CONNECT, SlowITe    LengthTest, TlsTest
 *  18    WebSocket                           WebSocketBombTest
 *  19    logins, back-off, bans              LoginTest, AskedLoginTest, TokenTest, BanTest
 *  20    rights                              AuthorizationTest, SessionRightsTest
 *  21    $SYS                                MiscellanyTest, WillTest, AuthorizationTest
 *  names against logs, files and keys        NamesTest
 * </pre>
 *
 * <p>CVEs, where the test's name does not say it: 2018-12550 (empty rules are rules) is in {@code AclConfigTest},
 * 2018-20145 (a listener without rules of its own) in {@code AuthorizationTest}, 2018-12551 (a malformed line of a
 * password file) in {@code ChainTest}, 2024-42645 (a crafted retained message) in {@code RetainedTest}, 2026-40046 (a
 * length of five bytes) in {@code LengthTest}, Mosquitto 2.0.21's leak by SUBSCRIBE in {@code SubscriptionBombTest}.
 * 2018-12546 (a retained message whose publisher has lost the right) is answered otherwise: it stays until it is
 * deleted, as docs/security.md says; what counts is the right of who reads it. 2024-3935: there is no bridge yet. 9 and
 * the rest of 6 and 7 (several nodes): there is no cluster yet. 2019-11778 is {@code WillTest.delayEndsWithTheSession};
 * 2021-22116 and 2021-33176 are {@code LengthTest.promisedAndDribbled}; 2017-9868 (permissions of files) is
 * {@code EmbeddedLifeTest}, 23 (poison in the store) is {@link PoisonTest}; 2026-8741 (crash between routing and packet
 * id) those that kill the process; 2026-42209 is about a setting that does not exist here. 22 (shared subscriptions) is
 * with the standard's chapter 4.8.
 */
package dev.mooring.hazard;
