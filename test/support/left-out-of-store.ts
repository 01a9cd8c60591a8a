/** Tests that can't hold with a shared store behind their accounts. */
export interface LeftOut {
	file: string;
	/** How the full title begins: of one test, or of a suite. */
	title: string;
	why: string;
}

export const LEFT_OUT: readonly LeftOut[] = [];
