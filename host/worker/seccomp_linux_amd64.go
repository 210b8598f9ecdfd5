package worker

const thisArch = 0xc000003e // AUDIT_ARCH_X86_64

var permittedHere []uint32
