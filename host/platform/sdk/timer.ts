// SPDX-License-Identifier: MIT
/** Stand-in of the SDK's `timer` (modules/base/timer): the same functions, over the host's loop. */
class Timer {
	static set(callback: (timer: object) => void, interval?: number, repeat?: number): object {
		return native("xs_timer_set").call(this, callback, interval, repeat) as object;
	}
	static repeat(callback: (timer: object) => void, interval: number): object {
		return native("xs_timer_repeat").call(this, callback, interval) as object;
	}
	static schedule(timer: object, interval?: number, repeat?: number): void {
		native("xs_timer_schedule").call(this, timer, interval, repeat);
	}
	static clear(timer?: object | null): void {
		native("xs_timer_clear").call(this, timer);
	}
	static delay(milliseconds: number): void {
		native("xs_timer_delay").call(this, milliseconds);
	}
}

export default Timer;
