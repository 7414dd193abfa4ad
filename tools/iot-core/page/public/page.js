// SPDX-License-Identifier: MIT
import { Devices } from "/devices.js";
import { filterRow, lifecycleRow, messageRow, nameRows, refusalRow } from "/rows.js";
import { Stream } from "/stream.js";

/** Rows that stay on the page. */
const maxMessages = 200,
	maxEvents = 100;

const find = id => document.getElementById(id);
let filters = ["#"];
let paused = false;
let missed = 0;
let received = 0;
/** The messages that are shown, newest first, as the server sent them. */
let messages = [];

/** Puts the newest row first, and drops the oldest. */
function add(list, row, most) {
	row.hidden = !isWanted(row);
	list.prepend(row);
	while (list.childElementCount > most) list.lastElementChild.remove();
}

function say(id, text, state = "") {
	const place = find(id);
	place.textContent = text;
	place.dataset.state = state;
}

/** Whether a row has the text that is searched for. */
function isWanted(row) {
	return row.textContent.toLowerCase().includes(find("search").value.trim().toLowerCase());
}

function search() {
	for (const id of ["devices", "messages", "lifecycle", "refusals"])
		for (const row of find(id).children) row.hidden = !isWanted(row);
}

/** Sends something that changes the server's state; the answer is the error's text, empty when there is none. */
async function post(path, body, failure) {
	try {
		const response = await fetch(path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		return response.ok ? "" : (await response.json()).message;
	} catch {
		return `${failure}: iot-core does not answer.`;
	}
}

const devices = new Devices(
	find("devices"),
	find("device-count"),
	async (certificateId, status) =>
		say("device-result", await post("/certificates", { certificateId, status }, "Not changed"), "bad"),
	{
		text: () => find("search").value,
		set(text) {
			find("search").value = text;
		},
	},
	search,
);

const nameOf = clientId => devices.nameOf(clientId);

function begin({ devices: connected, registered, lifecycle, refusals }) {
	devices.reset(connected, registered);
	find("lifecycle").replaceChildren(...lifecycle.map(event => lifecycleRow(event, nameOf)).reverse());
	find("refusals").replaceChildren(...refusals.map(refusal => refusalRow(refusal, nameOf)).reverse());
	search();
}

function showMissed(count) {
	missed += count;
	say("missed", missed === 0 ? "" : `${missed} ${missed === 1 ? "message is" : "messages are"} not shown.`);
}

function showMessage(message) {
	find("message-count").textContent = String(++received);
	if (paused) return showMissed(1);
	messages = [message, ...messages.slice(0, maxMessages - 1)];
	add(find("messages"), messageRow(message, nameOf), maxMessages);
}

function showConnection({ endpoint, devicePort, alpnPort, region, account, controlUrl }) {
	find("about").textContent = `${endpoint}, port ${devicePort}, account ${account} in ${region}`;
	const rows = {
		Endpoint: endpoint,
		Address: "127.0.0.1, as no name server knows the endpoint",
		Port: `${devicePort}${alpnPort ? `, or ${alpnPort} with ALPN x-amzn-mqtt-ca` : ""}`,
		Protocol: "MQTT 3.1.1 over TLS 1.2 or 1.3, SNI with the endpoint's name, client certificate",
		"Control plane": controlUrl,
		Region: region,
	};
	find("connection").replaceChildren(
		...Object.entries(rows).flatMap(([name, text]) => {
			const term = document.createElement("dt"),
				value = document.createElement("dd");
			term.textContent = name;
			value.textContent = text;
			return [term, value];
		}),
	);
	find("commands").textContent = [
		`curl -o root-ca.pem ${location.origin}/root-ca.pem`,
		`openssl s_client -connect 127.0.0.1:${devicePort} -servername ${endpoint} -CAfile root-ca.pem -cert device.crt.pem -key device.key.pem`,
		`aws iot list-certificates --endpoint-url ${controlUrl} --region ${region}`,
		`aws iot-data publish --topic test_topic/esp32 --cli-binary-format raw-in-base64-out --payload hello --endpoint-url ${controlUrl} --region ${region}`,
	].join("\n\n");
}

const stream = new Stream({
	live: () => say("status", "Live", "live"),
	lost: () => say("status", "Not connected: is iot-core running? Trying again …", "lost"),
	about: showConnection,
	snapshot: begin,
	connected: device => {
		devices.connect(device);
		nameRows(find("lifecycle"), device.clientId, nameOf);
	},
	disconnected: number => devices.disconnect(number),
	registered: registered => devices.register(registered),
	counts: counts => devices.counted(counts),
	lifecycle: event => add(find("lifecycle"), lifecycleRow(event, nameOf), maxEvents),
	refused: refusal => add(find("refusals"), refusalRow(refusal, nameOf), maxEvents),
	message: showMessage,
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

find("search").addEventListener("input", () => devices.show());

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
	const message = {
		topic: find("topic").value,
		payload: find("payload").value,
		qos: Number(find("qos").value),
		retain: find("retain").checked,
	};
	const fault = await post("/publish", message, "Not published");
	if (fault) say("publish-result", fault, "bad");
	else say("publish-result", `Published at ${new Date().toLocaleTimeString("en-GB")}.`);
});

find("pause").addEventListener("click", ({ currentTarget }) => {
	paused = !paused;
	currentTarget.textContent = paused ? "Resume" : "Pause";
});

find("clear").addEventListener("click", () => {
	find("messages").replaceChildren();
	messages = [];
	missed = 0;
	showMissed(0);
});

/** The messages that are shown and searched for, oldest first, a line of JSON each. */
find("export").addEventListener("click", () => {
	const shown = [...find("messages").children];
	const lines = messages
		.filter((_, index) => shown[index] && !shown[index].hidden)
		.reverse()
		.map(message => `${JSON.stringify(message)}\n`);
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
	link.download = `messages-${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.ndjson`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

subscribe(filters);
