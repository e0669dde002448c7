# expect: ASH026 at 2:11
layer l { budget 5; commit { consume } }
handler h = l
