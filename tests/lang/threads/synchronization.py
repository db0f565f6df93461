import threading, time, queue
rl = threading.RLock()
with rl:
    with rl: print("reentrant", rl._is_owned())
l = threading.Lock()
print(l.acquire(), l.acquire(blocking=False), l.locked(), l.acquire(timeout=0.01)); l.release()
try:
    l.release()
except RuntimeError as e:
    print(e)
try:
    rl.release()
except RuntimeError as e:
    print(e)
s = threading.Semaphore(1); print(s.acquire(), s.acquire(blocking=False)); s.release()
t = threading.Timer(0.001, lambda: print("timer")); t.start(); t.join()
e = threading.Event(); print(e.wait(0.001), e.set(), e.wait(), e.is_set())
q = queue.PriorityQueue(); [q.put(x) for x in (3, 1, 2)]; print([q.get() for _ in range(3)])
try:
    queue.Queue().get(timeout=0.001)
except queue.Empty:
    print("empty")
class T(threading.Thread):
    def run(self): self.result = threading.current_thread() is self
t = T(name="mine", daemon=True); t.start(); t.join(); print(t.result, t.name, t.daemon, t.is_alive())
try:
    t.start()
except RuntimeError as e:
    print(e)
counter = [0]
def inc():
    for _ in range(200):
        with cond:
            counter[0] += 1
            cond.notify()
cond = threading.Condition()
ts = [threading.Thread(target=inc) for _ in range(3)]
[x.start() for x in ts]
with cond: print(cond.wait_for(lambda: counter[0] >= 300, timeout=5))
[x.join() for x in ts]; print(counter)
def raiser(): raise SystemExit
t = threading.Thread(target=raiser); t.start(); t.join(); print("thread exit is silent")
d = threading.Thread(target=time.sleep, args=(60,), daemon=True); d.start()
print(d in threading.enumerate(), threading.get_ident() == threading.main_thread().ident)
from concurrent.futures import ThreadPoolExecutor, as_completed
with ThreadPoolExecutor(2) as ex: print(sorted(f.result() for f in as_completed([ex.submit(lambda x: x * 2, i) for i in range(4)])))
