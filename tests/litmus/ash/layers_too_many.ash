# expect: ASH025 at 3:61
layer l { initial { consume(1) } }
handler h = l, l, l, l, l, l, l, l, l, l, l, l, l, l, l, l, l
