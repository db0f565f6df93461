"""Classes, methods and attributes: workers that pass parcels to each other."""


class Parcel:
    def __init__(self, kind, weight):
        self.kind = kind
        self.weight = weight
        self.next = None


class Worker:
    def __init__(self, name, level):
        self.name = name
        self.level = level
        self.first = None
        self.handled = 0

    def put(self, parcel):
        parcel.next = self.first
        self.first = parcel

    def take(self):
        parcel = self.first
        if parcel is not None:
            self.first = parcel.next
            parcel.next = None
        return parcel

    def work(self, office):
        parcel = self.take()
        if parcel is None:
            return False
        self.handled += 1
        office.pass_on(self, self.change(parcel))
        return True

    def change(self, parcel):
        parcel.weight += self.level
        return parcel


class Heavy(Worker):
    def change(self, parcel):
        parcel.weight = (parcel.weight * 3 + 1) % 1000
        return super().change(parcel)


class Office:
    def __init__(self, workers):
        self.workers = workers
        self.moves = 0

    def pass_on(self, sender, parcel):
        self.moves += 1
        to = (parcel.weight + sender.level) % len(self.workers)
        self.workers[to].put(parcel)

    def run(self, rounds):
        for _ in range(rounds):
            for worker in self.workers:
                worker.work(self)


def run():
    workers = [(Heavy if i % 2 else Worker)(f"w{i}", i) for i in range(8)]
    office = Office(workers)
    for i in range(64):
        workers[i % 8].put(Parcel(i % 3, i))
    office.run(20000)
    return office.moves == sum(w.handled for w in workers)
