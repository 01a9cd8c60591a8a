/** Sign-in of every kind, with no knowledge of Node-RED. */
export { type Authenticator, basicAuth, noAuth, type SignInState, tokenAuth } from "./authenticator";
export { type AuthorizationCodeAuth, type AuthorizationCodeOptions, authorizationCodeAuth } from "./authorization-code";
export { type ClientCredentialsOptions, clientCredentialsAuth } from "./client-credentials";
export { type Clock, systemClock } from "./clock";
export { gotFetch } from "./got-fetch";
export { type PastedAnswer, parsePasted } from "./paste";
export { type PendingSignIns, pendingSignIns } from "./pending";
export { fileTokenStore, type TokenStore } from "./token-store";
