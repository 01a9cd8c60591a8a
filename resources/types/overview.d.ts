/** What the runtime answers to the sidebar, see src/node-red/admin/overview.ts. Read by the check of these scripts only. */
interface StellantisShownAccount {
	id: string;
	name?: string;
	isOpen: boolean;
	isDemo: boolean;
	signedIn?: boolean;
	expiresAt?: number;
	endsAt?: number;
	reason?: string;
	rateLimit?: { day?: { limit?: number; remaining?: number } };
	waiting: number;
	/** How many are known of it. */
	vehicles: number;
	error?: { time: number; code: string; message: string; node: string };
}

interface StellantisLatestState {
	battery: number | null;
	fuel: number | null;
	range: number | null;
	charging: boolean;
	latitude: number | null;
	longitude: number | null;
	updatedAt: string | null;
}

interface StellantisOverview {
	accounts: StellantisShownAccount[];
	vehicles: {
		account: string;
		name: string;
		label?: string;
		model?: string;
		picture?: string;
		state?: StellantisLatestState;
	}[];
	found: number;
	commands: {
		account: string;
		command: string;
		vehicle: string;
		since: number;
		status: string;
		failureCause?: string;
		isDone: boolean;
	}[];
	requests: {
		account: string;
		time: number;
		purpose: "api" | "sign-in";
		method: string;
		route?: string;
		vehicle?: string;
		statusCode?: number;
		error?: string;
		duration: number;
	}[];
}
