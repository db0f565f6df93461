import threading, queue
out = []
lock = threading.Lock()
n = 0
def work(k):
    global n
    for _ in range(1000):
        with lock: n += 1
ts = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(n, all(not t.is_alive() for t in ts), threading.active_count())
q = queue.Queue()
def producer():
    for i in range(5): q.put(i)
    q.put(None)
threading.Thread(target=producer).start()
while (x := q.get()) is not None: out.append(x)
print(out)
loc = threading.local()
loc.x = 1
res = []
t = threading.Thread(target=lambda: res.append(hasattr(loc, "x"))); t.start(); t.join()
print(res, loc.x)
e = threading.Event()
t = threading.Thread(target=lambda: (e.wait(), res.append("woke"))); t.start(); e.set(); t.join()
print(res)
errs = []
threading.excepthook = lambda a: errs.append((a.exc_type.__name__, str(a.exc_value)))
t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()
print(errs)
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(3) as ex:
    print(list(ex.map(lambda x: x * x, range(5))), ex.submit(pow, 2, 5).result())
    try:
        ex.submit(int, "x").result()
    except ValueError as err:
        print(err)
c = threading.Condition()
state = []
def waiter():
    with c:
        c.wait_for(lambda: state)
        print("condition", state)
t = threading.Thread(target=waiter); t.start()
with c: state.append(1); c.notify_all()
t.join()
b = threading.Barrier(2)
t = threading.Thread(target=b.wait); t.start(); b.wait(); t.join()
print(threading.current_thread().name, threading.main_thread() is threading.current_thread())
