/** Reading collections: in either order, page by page or several at a time, every item once, to be resumed at any place. */
export { keyOf, ownKeyOf } from "./item-key";
export { chooseWay, type Position, readPosition, type Way } from "./position";
export { type Batch, readCollection } from "./reader";
export type { ReadOptions } from "./reading";
