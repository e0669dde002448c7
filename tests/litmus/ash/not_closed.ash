# expect: ASH003 at 3:1
handler h { commit { consume }
