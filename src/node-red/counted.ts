/** A number and what it counts: `1 vehicle`, `2 vehicles`. Every noun here makes its plural with an s. */
export function counted(count: number, plural: string): string {
	return `${count} ${count === 1 ? plural.replace(/s$/, "") : plural}`;
}
