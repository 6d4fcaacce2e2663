// minijinja-bench <n> <template> <values>: parse the template once, render it
// <n> times. Prints the CPU time in milliseconds and the bytes of all output,
// as test-tool template-bench does. The values are converted once, which is
// less than what that does: it sets them anew each time.
use minijinja::{value::{Serde, Value}, Environment, UndefinedBehavior};
use std::{env, fs, time::Duration};

#[repr(C)]
struct Timespec {
    sec: i64,
    nsec: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;

fn cpu_time() -> Duration {
    let mut t = Timespec { sec: 0, nsec: 0 };
    assert_eq!(unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut t) }, 0);
    Duration::new(t.sec as u64, t.nsec as u32)
}

fn main() {
    let args: Vec<String> = env::args().collect();
    let n: usize = args[1].parse().expect("a number of renderings");
    let text = fs::read_to_string(&args[2]).expect("a template");
    let json: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&fs::read_to_string(&args[3]).expect("values")).expect("a JSON object");
    let start = cpu_time();
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_template("bench", &text).expect("a template that parses");
    let template = environment.get_template("bench").unwrap();
    let values = Value::from(Serde(&json));
    let mut bytes = 0;
    for _ in 0..n {
        bytes += template.render(values.clone()).expect("a template that renders").len();
    }
    println!("{:.3} {}", (cpu_time() - start).as_secs_f64() * 1000.0, bytes);
}
