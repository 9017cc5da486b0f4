/** Control data that goes into a socket of IP (cmsg(3)): most of it is checked and not heeded. */
import { SCM_RIGHTS, SOL_SOCKET } from "../../../../spec/abi/linux.ts";
import type { SentMessage } from "../../../emulator/host/host.ts";

const SCM_CREDENTIALS = 2;

/** Whether a stream refuses the control data of a message (EINVAL). */
export function refusesControl(message: SentMessage): boolean {
  return (
    message.malformed ||
    message.control.some(({ level, type }) => level === SOL_SOCKET && !isIgnored(type))
  );
}

function isIgnored(type: number): boolean {
  return type === SCM_RIGHTS || type === SCM_CREDENTIALS;
}
