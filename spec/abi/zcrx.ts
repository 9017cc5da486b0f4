/** Zero-copy receive: constants of IORING_REGISTER_ZCRX_IFQ and IORING_REGISTER_ZCRX_CTRL. */

export const IORING_ZCRX_AREA_SHIFT = 48;
/** 64 bits wide: use it as a number or a BigInt, not with the 32-bit operators. */
export const IORING_ZCRX_AREA_MASK = 0xffff_0000_0000_0000;
export const IORING_ZCRX_AREA_DMABUF = 1;
export const ZCRX_REG_IMPORT = 1;
export const ZCRX_REG_NODEV = 2;
export const ZCRX_FEATURE_RX_PAGE_SIZE = 1;
export const ZCRX_CTRL_FLUSH_RQ = 0;
export const ZCRX_CTRL_EXPORT = 1;
