/** Sign-in of every kind, with no knowledge of Node-RED. */
export { type Authenticator, basicAuth, noAuth, type SignInState, tokenAuth } from "./authenticator";
export { type AuthorizationCodeAuth, type AuthorizationCodeOptions, authorizationCodeAuth } from "./authorization-code";
export { clientCredentialsAuth } from "./client-credentials";
export { gotFetch } from "./got-fetch";
export { lookAgain } from "./keep-alive";
export type { SignInListener } from "./listener";
export { parsePasted } from "./paste";
export { type PendingSignIns, pendingSignIns } from "./pending";
export { fileTokenStore } from "./token-store";
