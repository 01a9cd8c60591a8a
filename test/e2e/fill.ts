/** Fills a form in with something other than it came with, as far as a person sees its fields. */
import type { Locator, Page } from "playwright-core";
import type { Form } from "./editor";

/** What to type into a text field; numbers are good for all others. */
const WORDS: Record<string, string> = {
	name: "by hand",
	path: "cars/news",
	publicUrl: "https://home.example.org",
	label: "in the garage",
	timeZone: "Europe/Paris",
	currency: "CHF",
};
const NUMBER = "7";

export async function fillIn(page: Page, form: Form): Promise<void> {
	// choices first: they decide which other fields there are
	const done = new Set<string>();
	for (let id = await next(form, "select", done); id; id = await next(form, "select", done)) {
		if (id.endsWith("-account")) continue;
		const values = await form.root
			.locator(`#${id} option`)
			.evaluateAll((all) => all.map((one) => one.getAttribute("value") ?? ""));
		await form.root.locator(`#${id}`).selectOption(values.at(-1) ?? "");
	}
	await form.unfold();
	for (let id = await next(form, "input[type=checkbox]", done); id; id = await next(form, "input[type=checkbox]", done))
		await form.root.locator(`#${id}`).setChecked(!(await form.root.locator(`#${id}`).isChecked()));
	for (let id = await next(form, "input[type=text]", done); id; id = await next(form, "input[type=text]", done))
		await form.root.locator(`#${id}`).fill(WORDS[id.replace(form.prefix, "")] ?? NUMBER);
	const typed = form.root.locator(".red-ui-typedInput-container:visible");
	for (let index = 0; index < (await typed.count()); index++) await fillTyped(page, typed.nth(index));
}

async function next(form: Form, kind: string, done: Set<string>): Promise<string | undefined> {
	const ids = await form.root
		.locator(`${kind}[id^="${form.prefix}"]:visible`)
		.evaluateAll((all) => all.map(({ id }) => id));
	const id = ids.find((each) => !done.has(each));
	if (id) done.add(id);
	return id;
}

/** A global variable where the field takes one, else another of its choices. */
async function fillTyped(page: Page, field: Locator): Promise<void> {
	const menu = page.locator(".red-ui-typedInput-options:visible");
	const several = field.locator(".red-ui-typedInput-option-trigger:visible");
	if (await several.count()) {
		await several.click();
		await menu.locator("label, a").nth(1).click();
		await page.keyboard.press("Escape");
		return;
	}
	await field.locator(".red-ui-typedInput-type-select").click();
	// which choices there are can be told only once it is open
	await menu.locator("a").first().waitFor();
	const variable = menu.getByText("global.", { exact: true });
	await ((await variable.count()) ? variable : menu.locator("a").last()).click();
	await field.locator(".red-ui-typedInput-input:visible").fill("garage");
	await page.keyboard.press("Tab");
}
