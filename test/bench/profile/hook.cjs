const { writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');
const { BroadcastChannel, isMainThread, threadId } = require('node:worker_threads');

// Loaded with --require into a process that is to be profiled, and so into each of its threads. SIGUSR2 starts the profile of all its
// threads, and the next one ends it and writes one file a thread: what is measured is the work, not the start.
const folder = process.env.PROFILE_FOLDER ?? '.';
let written = 0;
const channel = new BroadcastChannel('profile');
channel.unref();

let session;
const toggle = () => {
  if (!session) {
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: 500 });
    session.post('Profiler.start');
    return;
  }
  const ended = session;
  session = undefined;
  ended.post('Profiler.stop', (error, result) => {
    if (error) throw error;
    writeFileSync(`${folder}/${process.pid}.${threadId}.${++written}.cpuprofile`, JSON.stringify(result.profile));
    ended.disconnect();
  });
};

channel.addEventListener('message', toggle);
if (isMainThread) {
  process.on('SIGUSR2', () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window: threads of one process
    channel.postMessage('toggle');
    toggle();
  });
}
