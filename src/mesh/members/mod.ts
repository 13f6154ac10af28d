/** Who takes part in a dataset. Rules: README.md. @module */
export { type Said } from "./act.ts";
export type { Head } from "../lineage.ts";
export { type Member, type MemberDevice } from "./evaluation.ts";
export { ticketKey } from "./evaluate.ts";
export { endOfGrants, type Grant, MAX_GRANTS, proveGrant } from "./grant.ts";
export { Keyring } from "./keyring.ts";
export { Members, type MembersOptions } from "./members.ts";
export { formatInvitation, type Invitation, parseInvitation, proveTicket, ticketOf } from "./ticket.ts";
