/**
 * Extended attributes (xattr(7)), as ext4 has them.
 *
 * `user.` is for regular files and directories; `trusted.` and `security.` go with every file that
 * has a place in the tree. Access control lists are not modelled: there are none, and none can be
 * made. What is not the program's to see is not there, and what is not its to set is refused.
 */
import { XATTR_CREATE, XATTR_REPLACE } from "../../../spec/abi/linux.ts";
import { EEXIST, EINVAL, ENODATA, ENOSPC, EOPNOTSUPP, EPERM } from "../../../spec/errno.ts";
import { touchChanged, type Inode, type Volume } from "./inode.ts";

const STORED = ["user.", "trusted.", "security."] as const;
const ACCESS_LISTS: ReadonlySet<string> = new Set([
  "system.posix_acl_access",
  "system.posix_acl_default",
]);
/** What one file keeps in attributes, names included: a block, less what it takes to find them. */
const ROOM = 4000;
const ACCESS_LIST_VERSION = 2;
const ACCESS_LIST_HEADER = 4;
const ACCESS_LIST_ENTRY = 8;

/** setxattr(2). `name` is not empty; `flags` were checked. */
export function setAttribute(
  volume: Volume,
  inode: Inode,
  name: string,
  value: Uint8Array,
  flags: number,
): number {
  if (ACCESS_LISTS.has(name)) return setAccessList(inode, value);
  if (name.startsWith("user.") && !mayHaveUserAttributes(inode)) return -EPERM;
  const forAdministrators = name.startsWith("trusted.") || name.startsWith("security.");
  if (forAdministrators && !volume.capable("CAP_SYS_ADMIN")) return -EPERM;
  const refused = checkName(inode, name);
  if (refused < 0) return refused;
  const present = inode.extended?.has(name) ?? false;
  if (present && flags & XATTR_CREATE) return -EEXIST;
  if (!present && flags & XATTR_REPLACE) return -ENODATA;
  inode.extended ??= new Map();
  if (size(inode.extended, name) + name.length + value.length > ROOM) return -ENOSPC;
  inode.extended.set(name, value);
  touchChanged(volume, inode);
  return 0;
}

/** getxattr(2). */
export function getAttribute(volume: Volume, inode: Inode, name: string): Uint8Array | number {
  if (ACCESS_LISTS.has(name)) return hasPlace(inode) ? -ENODATA : -EOPNOTSUPP;
  if (name.startsWith("user.") && !mayHaveUserAttributes(inode)) return -ENODATA;
  if (name.startsWith("trusted.") && !volume.capable("CAP_SYS_ADMIN")) return -ENODATA;
  const refused = checkName(inode, name);
  if (refused < 0) return refused;
  return inode.extended?.get(name) ?? -ENODATA;
}

function mayHaveUserAttributes({ type }: Inode): boolean {
  return type === "regular" || type === "directory";
}

function hasPlace({ type }: Inode): boolean {
  return type !== "pipe" && type !== "socket" && type !== "anonymous";
}

function checkName(inode: Inode, name: string): number {
  if (!hasPlace(inode)) return -EOPNOTSUPP;
  const prefix = STORED.find((one) => name.startsWith(one));
  if (prefix === undefined) return -EOPNOTSUPP;
  return name.length === prefix.length ? -EINVAL : 0;
}

/** A list without entries takes away what there is; one with entries cannot be kept. */
function setAccessList(inode: Inode, value: Uint8Array): number {
  if (value.length > 0) {
    if (value.length < ACCESS_LIST_HEADER) return -EINVAL;
    const view = new DataView(value.buffer, value.byteOffset);
    if (view.getUint32(0, true) !== ACCESS_LIST_VERSION) return -EOPNOTSUPP;
    if ((value.length - ACCESS_LIST_HEADER) % ACCESS_LIST_ENTRY !== 0) return -EINVAL;
    if (value.length > ACCESS_LIST_HEADER) return -EOPNOTSUPP;
  }
  return hasPlace(inode) && inode.type !== "symlink" ? 0 : -EOPNOTSUPP;
}

function size(attributes: ReadonlyMap<string, Uint8Array>, except: string): number {
  let total = 0;
  for (const [name, value] of attributes) {
    if (name !== except) total += name.length + value.length;
  }
  return total;
}
