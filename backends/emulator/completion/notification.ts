/**
 * Notifications of zero-copy sends: the CQE that gives the memory back (NET-17, NET-62 to NET-67).
 *
 * A notification is a request of its own, from the moment that its send is taken in. So a drain
 * waits for it, and the audit sees what it holds; but no cancellation finds it. It completes when
 * the send has its CQE and the socket no longer needs the memory: nobody else can tell when.
 *
 * The simulated network copies bytes when they are sent. Whether a notification with REPORT_USAGE
 * says so is a choice: Linux copies over loopback, but does not always say so of a failure (ND-23).
 */
import { IORING_CQE_F_MORE, IORING_CQE_F_NOTIF } from "../../../spec/abi/cqe.ts";
import { IORING_NOTIF_USAGE_ZC_COPIED, IOSQE_ASYNC } from "../../../spec/abi/sqe.ts";
import type { Core } from "../core.ts";
import { OPCODE_NOTIFICATION } from "../own-opcodes.ts";
import { BIT_WORKER } from "../request-bits.ts";
import { PHASE_ARMED, PHASE_PREPARED } from "../request-phases.ts";
import { WORK_COMPLETE } from "../request-work.ts";
import type { Request } from "../state.ts";
import { queueWork } from "../tasks/work-queue.ts";

//= NET-17, NET-67
/** Makes the notification of a send. With `reports` it tells that the bytes were copied. */
export function addNotification(core: Core, send: Request, reports: boolean): void {
  const notification = core.allocate(send.ring);
  notification.opcode = OPCODE_NOTIFICATION;
  notification.phase = PHASE_PREPARED;
  notification.bits = 0;
  notification.task = send.task;
  notification.userDataLow = send.userDataLow;
  notification.userDataHigh = send.userDataHigh;
  notification.result = reports ? IORING_NOTIF_USAGE_ZC_COPIED | 0 : 0;
  notification.cqeFlags = IORING_CQE_F_NOTIF;
  send.notification = notification;
}

//= NET-17, NET-65, OWN-34
/** The flag that every CQE of a send with a notification has, but for those of a broken chain. */
export function notificationFlag(request: Request): number {
  return request.notification === undefined ? 0 : IORING_CQE_F_MORE;
}

/** The send has its CQE: its notification waits for the socket, or is due at once. */
export function releaseNotification(core: Core, send: Request): void {
  const { notification } = send;
  if (notification === undefined) return;
  send.notification = undefined;
  notification.address = send.address;
  notification.length = send.length;
  notification.vectors = send.vectors;
  notification.registered = send.registered;
  send.registered = undefined;
  const { sentOn } = notification;
  // What was not tried goes with the request, of which a worker lets go when it comes to that.
  const isCertain = sentOn === undefined && (send.bits & (BIT_WORKER | IOSQE_ASYNC)) === 0;
  //= NET-62, ND-23
  if (isDue(notification) && (isCertain || !core.choices.notifiesLater(send))) {
    completeNotification(core, notification);
    return;
  }
  notification.phase = PHASE_ARMED;
  notification.armedIndex = core.armed.length;
  core.armed.push(notification);
}

/** The socket was tried: notes how far it has to come until the memory of `send` is free. */
export function noteSent(core: Core, send: Request): void {
  const { notification, file } = send;
  if (notification === undefined) return;
  //= NET-63, ND-23
  if (notification.result !== 0 && !core.choices.copies(send)) notification.result = 0;
  const socket = file?.socket;
  if (socket?.sentCount === undefined) return;
  notification.sentOn = socket;
  notification.target = socket.sentCount();
}

/** Whether the socket has let go of the memory. */
export function isDue(notification: Request): boolean {
  const { sentOn, target } = notification;
  return sentOn?.releasedCount === undefined || sentOn.releasedCount() >= target;
}

/** Posts the notification's CQE, in its owner's context. */
export function completeNotification(core: Core, notification: Request): void {
  queueWork(core, notification, WORK_COMPLETE);
}
