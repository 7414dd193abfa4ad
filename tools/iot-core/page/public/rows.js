// SPDX-License-Identifier: MIT
/** The rows of the page. Everything that comes from a device is set as text, never as markup. */

/** An element with a class and a text. */
function element(name, className, text = "") {
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

/** A table row of a connected device. */
export function deviceRow({ clientId, certificateId, address, since }) {
	const made = document.createElement("tr");
	made.append(
		element("td", "code", clientId),
		element("td", "code", certificateId),
		element("td", "code", address),
		element("td", "", new Date(since).toLocaleTimeString("en-GB")),
	);
	return made;
}

/** A list item of a message. */
export function messageRow({ at, topic, clientId, qos, retain, payload, encoding, length, cut }) {
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
		],
		element("pre", "", payload),
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
