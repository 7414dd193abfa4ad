// SPDX-License-Identifier: MIT
import { deviceRow, filterRow, lifecycleRow, messageRow, refusalRow } from "/rows.js";
import { Stream } from "/stream.js";

/** Rows that stay on the page. */
const maxMessages = 200,
	maxEvents = 100;

const find = id => document.getElementById(id);
const devices = new Map();
let filters = ["#"];
let paused = false;
let missed = 0;

/** Puts the newest row first, and drops the oldest. */
function add(list, row, most) {
	list.prepend(row);
	while (list.childElementCount > most) list.lastElementChild.remove();
}

function say(id, text, state = "") {
	const place = find(id);
	place.textContent = text;
	place.dataset.state = state;
}

function connect(device) {
	devices.get(device.number)?.remove();
	const row = deviceRow(device);
	devices.set(device.number, row);
	find("devices").append(row);
	find("device-count").textContent = String(devices.size);
}

function disconnect(number) {
	devices.get(number)?.remove();
	devices.delete(number);
	find("device-count").textContent = String(devices.size);
}

function begin({ devices: connected, lifecycle, refusals }) {
	for (const number of [...devices.keys()]) disconnect(number);
	connected.forEach(connect);
	find("lifecycle").replaceChildren(...lifecycle.map(lifecycleRow).reverse());
	find("refusals").replaceChildren(...refusals.map(refusalRow).reverse());
}

function showMissed(count) {
	missed += count;
	say("missed", missed === 0 ? "" : `${missed} ${missed === 1 ? "message is" : "messages are"} not shown.`);
}

const stream = new Stream({
	live: () => say("status", "Live", "live"),
	lost: () => say("status", "Not connected: is iot-core running? Trying again …", "lost"),
	about: ({ endpoint, devicePort, region, account }) => {
		find("about").textContent = `${endpoint}, port ${devicePort}, account ${account} in ${region}`;
	},
	snapshot: begin,
	connected: connect,
	disconnected: disconnect,
	lifecycle: event => add(find("lifecycle"), lifecycleRow(event), maxEvents),
	refused: refusal => add(find("refusals"), refusalRow(refusal), maxEvents),
	message: message => (paused ? showMissed(1) : add(find("messages"), messageRow(message), maxMessages)),
	dropped: showMissed,
});

function subscribe(wanted) {
	filters = wanted;
	find("filters").replaceChildren(
		...filters.map(filter =>
			filterRow(filter, () => {
				subscribe(filters.filter(other => other !== filter));
				find("filter").focus();
			}),
		),
	);
	stream.open(filters);
}

/** What is wrong with a set of topic filters, as the server judges it; empty when nothing is. */
async function filtersFault(wanted) {
	try {
		const response = await fetch(`/filters?${new URLSearchParams(wanted.map(filter => ["filter", filter]))}`);
		return response.ok ? "" : (await response.json()).message;
	} catch {
		return "Not subscribed: iot-core does not answer.";
	}
}

find("subscribe").addEventListener("submit", async event => {
	event.preventDefault();
	const filter = find("filter").value;
	const fault = filters.includes(filter)
		? "There is already a subscription to this topic filter."
		: await filtersFault([...filters, filter]);
	say("subscribe-result", fault, fault ? "bad" : "");
	if (fault) return;
	subscribe([...filters, filter]);
	find("filter").value = "";
});

find("publish").addEventListener("submit", async event => {
	event.preventDefault();
	const body = { topic: find("topic").value, payload: find("payload").value, qos: Number(find("qos").value) };
	try {
		const response = await fetch("/publish", {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		if (response.ok) say("publish-result", `Published at ${new Date().toLocaleTimeString("en-GB")}.`);
		else say("publish-result", (await response.json()).message, "bad");
	} catch {
		say("publish-result", "Not published: iot-core does not answer.", "bad");
	}
});

find("pause").addEventListener("click", ({ currentTarget }) => {
	paused = !paused;
	currentTarget.setAttribute("aria-pressed", String(paused));
});

find("clear").addEventListener("click", () => {
	find("messages").replaceChildren();
	missed = 0;
	showMissed(0);
});

subscribe(filters);
