#!/bin/sh
# Makes the certificates beside this file anew; they are for tests, and last a hundred years. Needs openssl 3.
set -e
cd "$(dirname "$0")"
folder=$(mktemp -d)
days=36500
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
ca() { # file, name
  key "$1.key"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days $days -out "$1.pem" \
    -addext keyUsage=critical,keyCertSign,cRLSign
}
signed() { # name, subject, subject alternative names, authority
  key "$1.key"
  openssl req -new -key "$1.key" -subj "$2" -out "$folder/$1.csr"
  printf 'subjectAltName=%s\n' "$3" > "$folder/ext"
  openssl x509 -req -in "$folder/$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial -CAserial "$folder/serial" \
    -days $days -extfile "$folder/ext" -out "$1.pem" 2>/dev/null
}
ca ca ca
ca other-ca other-ca
ca impostor ca
signed server "/CN=localhost" "DNS:localhost,IP:127.0.0.1" ca
signed renewed "/CN=localhost/O=renewed" "DNS:localhost,IP:127.0.0.1" ca
signed second "/CN=second.example" "DNS:second.example,DNS:*.wild.example" ca
signed ann "/O=Mooring/CN=ann" "DNS:ann.devices.example,email:ann@example.com,URI:urn:device:ann" ca
signed revoked "/CN=revoked" "DNS:revoked.example" ca
signed stranger "/CN=ann" "DNS:ann.devices.example" other-ca
crl() { # file, certificates, authority, when it is renewed
  : > "$folder/index"
  echo 01 > "$folder/crlnumber"
  printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s/index\ncrlnumber=%s/crlnumber\ndefault_md=sha256\n' \
    "$folder" "$folder" > "$folder/ca.cnf"
  for one in $2; do
    openssl ca -config "$folder/ca.cnf" -revoke "$one.pem" -keyfile "$3.key" -cert "$3.pem" 2>/dev/null
  done
  openssl ca -config "$folder/ca.cnf" -gencrl $4 -keyfile "$3.key" -cert "$3.pem" -out "$1" 2>/dev/null
}
crl crl.pem revoked ca "-crldays $days"
crl empty-crl.pem "" ca "-crldays $days"
crl impostor-crl.pem "" impostor "-crldays $days"
crl old-crl.pem revoked ca "-crl_lastupdate 20250101000000Z -crl_nextupdate 20250201000000Z"
rm ca.key other-ca.key impostor.key impostor.pem
rm -r "$folder"
