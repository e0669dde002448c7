# expect: ASH005 at 2:8
import no_such_file
