/** IORING_REGISTER_BPF_FILTER (Linux 7.0): constants of linux/io_uring/bpf_filter.h. */

export const IO_URING_BPF_FILTER_DENY_REST = 1;
export const IO_URING_BPF_FILTER_SZ_STRICT = 2;
export const IO_URING_BPF_CMD_FILTER = 1;
