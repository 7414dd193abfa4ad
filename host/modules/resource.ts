/**
 * Stand-in of the SDK's `Resource`: `new Resource(name)` is the bytes of a resource. On the board they stay in flash;
 * here they are an ArrayBuffer.
 */
function read(name: string): ArrayBuffer | undefined {
	return native("xs_resource_read").call(undefined, name) as ArrayBuffer | undefined;
}

class Resource {
	constructor(name: string) {
		const bytes = read(name);
		if (!bytes)
			throw new URIError(`There is no resource ${name}: the manifest's "resources" must name it.`);
		return bytes;
	}
	static exists(name: string): boolean {
		return read(name) !== undefined;
	}
}

export default Resource;
