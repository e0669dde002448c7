# expect: accepted
# check at 3:55: the message has 3 bytes
layer outer { message { kind: u8 }; initial { require message.kind == 1; consume(1) } }
layer inner { message { n: u16be }; initial { require message.n == 2 }; commit { wake(message.n) } }
handler h = outer, inner
