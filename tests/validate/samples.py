"""Machine code that is accepted: compiled from its C text with `gcc -O2 -ffreestanding -mgeneral-regs-only`.

`be16(p)` loads a big-endian u16; u8 to u64 are unsigned integers.
"""

from __future__ import annotations

from typing import NamedTuple


class Sample(NamedTuple):
    name: str
    shape: str
    code: bytes
    source: str


SAMPLES = (
    Sample(
        "constants",
        "filter",
        bytes.fromhex("31c04883fe21760766837f0c087401c331c0807f17060f95c083c001c3"),
        "u32 f(u8*m,u64 n){ if(n<34) return 0; if(be16(m+12)!=0x800) return 0; return m[23]==6?1:2;}",
    ),
    Sample(
        "variable_base",
        "filter",
        bytes.fromhex(
            "31d24883fe2176240fb6470e83e00f488d04850e000000488d48044839ce720c31d266817c070200500f94c289d0c3"
        ),
        "u32 f(u8*m,u64 n){ if(n<34) return 0; u64 b=14+(m[14]&15)*4; if(b+4>n) return 0; return "
        "be16(m+b+2)==80;}",
    ),
    Sample(
        "header_walk",
        "filter",
        bytes.fromhex(
            "4883fe0f763aba08000000b80e000000eb0f660f1f440000488d48024839ce721f803c070674210fb64c0701"
            "488d44c80883ea0175e2b802000000c30f1f400031c0c30f1f440000b801000000c3"
        ),
        "u32 f(u8*m,u64 n){ u64 b=14; for(int i=0;i<8;i++){ if(b+2>n) return 0; u8 k=m[b]; if(k==6)"
        " return 1; b+=(m[b+1]+1)*8; } return 2;}",
    ),
    Sample(
        "sum_bytes",
        "filter",
        bytes.fromhex("4885f6741b4801fe31c0660f1f4400000fb6174883c70101d04839f775f2c39031c0c3"),
        "u32 f(u8*m,u64 n){ u32 s=0; for(u64 i=0;i<n;i++) s+=m[i]; return s;}",
    ),
    Sample(
        "sum_words",
        "filter",
        bytes.fromhex("31c94883fe01761fba020000000f1f000fb74417fe4883c20266c1c0080fb7c001c14839d673e989c8c3"),
        "u32 f(u8*m,u64 n){ u32 s=0; for(u64 i=0;i+2<=n;i+=2) s+=be16(m+i); return s;}",
    ),
    Sample(
        "sum_downwards",
        "filter",
        bytes.fromhex("31c04885f67419660f1f8400000000004883ee010fb6143701d04885f675f1c3c3"),
        "u32 f(u8*m,u64 n){ u32 s=0; while(n) { n--; s+=m[n];} return s;}",
    ),
    Sample(
        "count_of_32_bits",
        "filter",
        bytes.fromhex("89f085f674188d46ff488d4c070131c00fb6174883c70101d04839cf75f2c3"),
        "u32 f(u8*m,u64 n){ u32 s=0; u32 k=n; for(u32 i=0;i<k;i++) s+=m[i]; return s;}",
    ),
    Sample(
        "division",
        "filter",
        bytes.fromhex("31c04883fe01761d0fb65701b80100000084d274100fb607f6f20fb6d40fb6c00fb6d201d0c3"),
        "u32 f(u8*m,u64 n){ if(n<2) return 0; if(!m[1]) return 1; return m[0]/m[1]+m[0]%m[1];}",
    ),
    Sample(
        "nested_loops",
        "filter",
        bytes.fromhex(
            "31c04883fe0f763e31f68d14400fb60701d0f6c401752131d24883c2014883fa0474158d0c400fb6041701c8"
            "f6c40174e80f1f80000000004883c6044883c7044883fe1075c4c3"
        ),
        "u32 f(u8*m,u64 n){ u32 s=0; if(n<16) return 0; for(u64 i=0;i<4;i++) for(u64 j=0;j<4;j++){ "
        "s=s*3+m[i*4+j]; if(s&256) break;} return s;}",
    ),
    Sample(
        "many_live_values",
        "filter",
        bytes.fromhex(
            "4883fe3f0f86ae00000055534c8b47104c8b4f184c8b1f4c8b57084489c0488b4f304489cb410fafc3488b77"
            "38488b5720410fafda488b7f2889f5410fafea01d889cb410fafdb31eb89fd31d80fafee89d30fafd901eb89"
            "cd31d8410fafea89f3410fafdb01eb89d531d8410fafe989fb410fafd801eb4489cd31d8410fafe84489d341"
            "0fafdb01eb89f50fafe9410faff101eb89fd0fafea410faffa410fafd301eb31d85b5d01fa01f2410fafc801"
            "ca31d0c30f1f400031c0c3"
        ),
        "u32 f(u8*m,u64 n){ if(n<64) return 0; u64*p=(u64*)m; u64 "
        "a=p[0],b=p[1],c=p[2],d=p[3],e=p[4],g=p[5],h=p[6],i=p[7]; return "
        "(a*b+c*d+e*g+h*i)^(a*c+b*d)^(e*h+g*i)^(a*i+b*h)^(c*g+d*e)^(a*h)^(b*i)^(a*e+b*g+c*h+d*i);}",
    ),
    Sample(
        "tally",
        "scratch_n",
        bytes.fromhex("4889d083e20f83e003488d0c860fb60417030189010fb61739c20f92c00fb6c0c3"),
        "u32 f(u8*m,u32*s,u64 x){ u64 k=x&3; s[k]=s[k]+m[x&15]; return s[k]>m[0];}",
    ),
    Sample(
        "clamp",
        "scratch_n",
        bytes.fromhex("b80c0000004839c2480f47d08b0417c3"),
        "u32 f(u8*m,u8*s,u64 x){ u64 k=x<12?x:12; return *(u32*)(m+k);}",
    ),
    Sample(
        "swap",
        "scratch",
        bytes.fromhex("31c0660f1f4400000fb65407018814060fb61407885406014883c0024883f81075e631c0c3"),
        "u32 f(u8*m,u8*s){ for(u32 i=0;i<8;i++){ s[2*i]=m[2*i+1]; s[2*i+1]=m[2*i]; } return 0;}",
    ),
    Sample(
        "binary_search",
        "table",
        bytes.fromhex(
            "31c04885f674380fb60731f63a4208400f93c631c93a44f2040f93c148c1e102488d0cf131f63a440a02400f"
            "93c6488d0c713a440a014883daff0fb6440a10c3"
        ),
        "u32 f(u8*m,u64 n,u8*t){ if(n<1) return 0; u64 p=0; p+=(t[p+8]<=m[0])?8:0; "
        "p+=(t[p+4]<=m[0])?4:0; p+=(t[p+2]<=m[0])?2:0; p+=(t[p+1]<=m[0])?1:0; return t[16+p];}",
    ),
    Sample(
        "emit_guarded",
        "emits",
        bytes.fromhex(
            "4885f6744431c031c9eb0e0f1f4400004883c0014839c6741c803c070775f14883f903771b89048a4883c001"
            "4883c1014839c675e44889c8c30f1f8000000000b9050000004889c8c331c9ebe8"
        ),
        "u64 f(u8*m,u64 n,u32*e){ u64 c=0; for(u64 i=0;i<n;i++) if(m[i]==7){ if(c>=4) return 5; "
        "e[c++]=i; } return c;}",
    ),
    Sample(
        "two_results",
        "pair",
        bytes.fromhex("488b07488906488b470848894608c3"),
        "void f(u8*m,u64*r){ r[0]=*(u64*)m; r[1]=*(u64*)(m+8); }",
    ),
)
