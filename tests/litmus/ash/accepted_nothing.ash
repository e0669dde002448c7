# expect: accepted
# no handlers, no predicates
