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

/** Who it was: the name of the thing where there is one, and the client id. */
function who(clientId, nameOf) {
	const name = nameOf(clientId);
	return name && name !== clientId ? `${name} (${clientId})` : clientId;
}

/** Who a lifecycle event is about. Its thing may become known later: see `nameRows`. */
function whoElement(clientId, nameOf) {
	const made = element("span", "quiet", who(clientId, nameOf));
	made.dataset.client = clientId;
	return made;
}

/** Names a client in the rows that came before its thing was known. */
export function nameRows(list, clientId, nameOf) {
	for (const made of list.querySelectorAll("[data-client]"))
		if (made.dataset.client === clientId) made.textContent = who(clientId, nameOf);
}

function senderOf(clientId, topic, nameOf) {
	if (clientId !== undefined) return `from ${who(clientId, nameOf)}`;
	return topic.startsWith("$") ? "from the service" : "from an operator";
}

/** A list item of a message. @param nameOf the name of a client id's thing */
export function messageRow({ at, topic, clientId, qos, retain, payload, encoding, length, cut }, nameOf) {
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
			element("span", "quiet", senderOf(clientId, topic, nameOf)),
		],
		element("pre", "", cut ? payload : indented(payload)),
	);
}

/** A list item of a lifecycle event: its JSON, the event's name and its reason in front. */
export function lifecycleRow({ at, topic, payload }, nameOf) {
	const event = parse(payload);
	const what =
		event.disconnectReason ?? event.connectFailureReason ?? event.topics?.join(", ") ?? event.ipAddress ?? "";
	return row(
		[
			element("span", "topic", event.eventType ?? topic),
			element("span", "quiet", clockTime(at)),
			...(event.clientId ? [whoElement(String(event.clientId), nameOf)] : []),
			element("span", "quiet", String(what)),
		],
		element("div", "quiet", topic),
	);
}

/** A list item of a refusal. */
export function refusalRow({ at, peer, clientId, reason }, nameOf) {
	return row(
		[
			element("span", "topic", clientId === undefined ? peer : who(clientId, nameOf)),
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
