# Pipes that most protocols need. Import them with `import pipes`.

# The Internet checksum (RFC 1071): the one's complement sum of numbers of 16 bits. What it leaves in `sum` is not yet
# complemented: of a packet whose checksum is right, it is 0xffff.
pipe checksum : u16be commutative no_mod {
    keep sum: u16 = 0
    input word
    sum = carry_add(sum, word)
}

# The same over numbers of 32 bits, as VCODE's "checksum32" instruction: `fold16` makes the Internet checksum of it.
pipe checksum32 : u32be commutative no_mod {
    keep sum: u32 = 0
    input word
    sum = carry_add(sum, word)
}

define fold16(sum) = fold_once((sum & 0xffff) + (sum >> 16))
define fold_once(sum) = (sum & 0xffff) + (sum >> 16)

# Numbers of 32 bits, and of 16, with their bytes turned around.
pipe byteswap : u32be -> u32le commutative { input word; output word }
pipe byteswap16 : u16be -> u16le commutative { input word; output word }

# What comes in goes out. A list without pipes does the same.
pipe copy : u32be commutative no_mod { input word }

# All bytes joined by `^`, and all bytes changed by `^` with a key.
pipe parity : u8 commutative no_mod {
    keep value: u8 = 0
    input byte
    value = value ^ byte
}

const XOR_KEY = 0x5a5a5a5a

pipe xor : u32be commutative { input word; output word ^ XOR_KEY }
