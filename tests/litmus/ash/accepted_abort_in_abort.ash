# expect: accepted
region 4 bytes { n: u32le }
handler h {
    initial { require message.length > 4 }
    commit { consume }
    abort { region.n = (region.n + 1) & 0xff; deliver }
}
