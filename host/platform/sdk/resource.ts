// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `Resource`: the files that manifests list as `data`, as read-only buffers. */
class Resource extends Native("Resource_destructor") {
	constructor(path: string) {
		super();
		native("Resource_constructor").call(this, path);
	}
	static exists(path: string): boolean {
		return native("Resource_exists").call(this, path) as boolean;
	}
	get byteLength(): number {
		return native("Resource_get_byteLength").call(this) as number;
	}
	/** Unlike ArrayBuffer's, counts from the start only. */
	slice(begin?: number, end?: number): ArrayBuffer {
		return native("Resource_slice").call(this, begin, end) as ArrayBuffer;
	}
}

export default Resource;
