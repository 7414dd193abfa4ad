// SPDX-License-Identifier: MIT
/** The rows of the page. Everything that comes from a device is set as text, never as markup. */

/** An element with a class and a text. */
export function element(name, className, text = "") {
	const made = document.createElement(name);
	if (className) made.className = className;
	made.textContent = text;
	return made;
}

/** The time of day, to the millisecond, from milliseconds since 1970. */
function clockTime(at) {
	const date = new Date(at);
	return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function row(head, ...body) {
	const item = document.createElement("li");
	const line = element("div", "head");
	line.append(...head);
	item.append(line, ...body);
	return item;
}

/** A list item of a message. @param name the name of the device's thing */
export function messageRow({ at, topic, clientId, qos, retain, payload, encoding, length, cut }, name) {
	const notes = [
		`QoS ${qos}`,
		...(retain ? ["retained"] : []),
		...(encoding === "hex" ? ["hexadecimal"] : []),
		...(cut ? [`the beginning of ${length} bytes`] : []),
	];
	return row(
		[
			element("span", "topic", topic),
			element("span", "quiet", clockTime(at)),
			element("span", "quiet", notes.join(", ")),
			element("span", "quiet", clientId === undefined ? "from the service" : `from ${clientId}`),
			...(name && name !== clientId ? [element("span", "quiet", name)] : []),
		],
		element("pre", "", cut ? payload : indented(payload)),
	);
}

/** A list item of a lifecycle event: its JSON, the event's name and its reason in front. */
export function lifecycleRow({ at, topic, payload }) {
	const event = parse(payload);
	const what =
		event.disconnectReason ?? event.connectFailureReason ?? event.topics?.join(", ") ?? event.ipAddress ?? "";
	return row(
		[
			element("span", "topic", event.eventType ?? topic),
			element("span", "quiet", clockTime(at)),
			element("span", "quiet", String(what)),
		],
		element("div", "quiet", topic),
	);
}

/** A list item of a refusal. */
export function refusalRow({ at, peer, clientId, reason }) {
	return row(
		[
			element("span", "topic", clientId ?? peer),
			element("span", "quiet", clockTime(at)),
			...(clientId === undefined ? [] : [element("span", "quiet", peer)]),
		],
		element("div", "bad", reason),
	);
}

/** A list item of a subscription, with a button that ends it. */
export function filterRow(filter, onRemove) {
	const item = document.createElement("li");
	const button = element("button", "", "×");
	button.type = "button";
	button.setAttribute("aria-label", `Unsubscribe from ${filter}`);
	button.addEventListener("click", onRemove);
	item.append(element("code", "", filter), button);
	return item;
}

function parse(json) {
	try {
		return JSON.parse(json) ?? {};
	} catch {
		return {}; // it was too long, and cut
	}
}

/** JSON objects and arrays with a line for each member; any other text as it is. */
function indented(text) {
	if (!/^\s*[[{]/.test(text)) return text;
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
