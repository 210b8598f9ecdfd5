package worker

const thisArch = 0xc00000b7 // AUDIT_ARCH_AARCH64

var permittedHere []uint32
