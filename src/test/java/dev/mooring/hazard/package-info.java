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
 *  17    half-open, slow CONNECT, SlowITe    LengthTest, TlsTest, BehindConnectTest
 *  18    WebSocket                           WebSocketBombTest
 *  19    logins, back-off, bans              LoginTest, AskedLoginTest, DynamoDbLoginTest, TokenTest, BanTest
 *  20    rights                              AuthorizationTest, SessionRightsTest, AskedRightsTest
 *  21    $SYS                                SysTest, MiscellanyTest, WillTest, AuthorizationTest
 *  names against logs, files and keys        NamesTest
 * </pre>
 *
 * <p>CVEs, names, and what of this is tested elsewhere: {@code docs/hazards.md}. 9 and the rest of 6 and 7 are about
 * several nodes; 22 (shared subscriptions) is with the standard's chapter 4.8, 23 (poison in the store) is
 * {@link PoisonTest}.
 */
package dev.mooring.hazard;
