/**
 * What bytes on their way take of a socket's buffer: what Linux accounts for them (x86-64, pages
 * of 4096 bytes), which for small ones is far more than their number.
 */

/** Bytes of a buffer that no message can use. */
export const MESSAGE_OVERHEAD = 32;

const PAGE = 4096;
const SMALL = 192;
const SMALL_SIZE = 768;
const OVERHEAD = 256;
/** Kept behind the bytes of a buffer (`struct skb_shared_info`). */
const SHARED_INFO = 320;
const LARGEST_LINEAR = 16_064;
/** What fits into a buffer of one page, and what may lie in pages of their own behind it. */
const ONE_PAGE = PAGE - SHARED_INFO;
const MORE_PAGES = 32_768;

/** A message of so many bytes, which stays in one piece. */
export function accountedSize(byteLength: number): number {
  if (byteLength <= SMALL) return SMALL_SIZE;
  if (byteLength > LARGEST_LINEAR) {
    const pages = Math.ceil((byteLength - LARGEST_LINEAR) / PAGE);
    return accountedSize(LARGEST_LINEAR) + pages * PAGE;
  }
  let size = 1024;
  while (size < byteLength + SHARED_INFO) size *= 2;
  return size + OVERHEAD;
}

/** The largest piece in which a stream with this buffer sends its bytes. */
export function largestPiece(bufferSize: number): number {
  return Math.max(Math.min((bufferSize >> 1) - 64, ONE_PAGE + MORE_PAGES), 1);
}

/** A piece of a stream. */
export function accountedPiece(byteLength: number): number {
  const behind = Math.max(byteLength - ONE_PAGE, 0);
  const pages = Math.ceil(behind / PAGE) * PAGE;
  return accountedSize(Math.max(byteLength - pages, 0)) + pages;
}
