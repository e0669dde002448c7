"""The network of the kernel: filters, packet rings, handlers; part of the kernel as `vm.xn` is."""
