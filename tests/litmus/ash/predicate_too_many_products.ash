# expect: ASH071 at 4:10
predicate p {
    word a: u32 = kernel pending
    when (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2) and (a == 1 or a == 2)
}
