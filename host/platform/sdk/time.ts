// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `time` (modules/base/time). The machine's clock is not the program's to set. */
class Time {
	/** Does nothing here: seconds since 1970. */
	static set(seconds: number): void {
		native("xs_time_set").call(this, seconds);
	}
	static get timezone(): number {
		return native("xs_time_zero").call(this) as number;
	}
	static set timezone(seconds: number) {
		native("xs_time_set").call(this, seconds);
	}
	static get dst(): number {
		return native("xs_time_zero").call(this) as number;
	}
	static set dst(seconds: number) {
		native("xs_time_set").call(this, seconds);
	}
	/** Milliseconds of a monotonic clock that starts near zero. */
	static get ticks(): number {
		return native("xs_time_ticks").call(this) as number;
	}
	/** Microseconds of the same clock. */
	static get microseconds(): number {
		return native("xs_time_microseconds").call(this) as number;
	}
	/** Milliseconds from `start` to `end`, which is now when left out. */
	static delta(start: number, end?: number): number {
		return native("xs_time_delta").call(this, start, end) as number;
	}
}

export default Time;
