import type { GuardLimits } from "./guard-memory";

/** The accounts that run, and what each allows; asked for only where a command is to be sent. */
export class RunningAccounts {
	readonly #limits = new Map<string, () => GuardLimits>();
	readonly #knows = new Map<string, (name: string) => boolean>();
	readonly #removed = new Set<string>();

	/**
	 * An account runs, until the returned function is called, which may say that it is gone for good.
	 *
	 * @param limits may throw for settings that can't be used
	 * @param knows says whether the account was told that it has a vehicle of that VIN or id
	 */
	enter(
		account: string,
		limits: () => GuardLimits,
		knows: (name: string) => boolean = () => false,
	): (isRemoved: boolean) => void {
		this.#limits.set(account, limits);
		this.#knows.set(account, knows);
		this.#removed.delete(account);
		return (isRemoved) => {
			if (this.#limits.get(account) !== limits) return;
			this.#limits.delete(account);
			this.#knows.delete(account);
			if (isRemoved) this.#removed.add(account);
		};
	}

	/** What an account allows; undefined where it does not run, or can't work. */
	limitsOf(account: string): GuardLimits | undefined {
		try {
			return this.#limits.get(account)?.();
		} catch {
			return undefined;
		}
	}

	/** True for an account that runs and was told that it has a vehicle of one of these names. */
	knows(account: string, names: readonly string[]): boolean {
		const knows = this.#knows.get(account);
		return knows !== undefined && names.some(knows);
	}

	/** True for an account that was deleted. */
	isRemoved(account: string): boolean {
		return this.#removed.has(account);
	}
}

const running = new Map<string, RunningAccounts>();

/** The accounts of this process that keep their files in a folder. */
export function runningAccountsIn(folder: string): RunningAccounts {
	const accounts = running.get(folder) ?? new RunningAccounts();
	running.set(folder, accounts);
	return accounts;
}
