import FrequencyResponse
import TestSupport
import Testing

@testable import Interlocks

@Suite("A contact that bounces")
struct ContactTests {
    enum Step: Sendable, CaseIterable {
        case open, closed, soon, late
    }

    /// Every state times every input, written down a second time: opening counts at once and once, closing after the
    /// whole time.
    @Test("every state answers every input")
    func table() {
        typealias Row = (history: [Step], input: Step, change: Contact.Change, isClosed: Bool)
        let rows: [Row] = [
            ([], .open, .opened, false), ([], .closed, .none, false), ([], .soon, .none, false),
            ([], .late, .none, false),
            ([.open], .open, .none, false), ([.open], .closed, .none, false), ([.open], .soon, .none, false),
            ([.open], .late, .none, false),
            ([.closed], .open, .opened, false), ([.closed], .closed, .none, false), ([.closed], .soon, .none, false),
            ([.closed], .late, .closed, true),
            ([.open, .closed], .open, .none, false), ([.open, .closed], .closed, .none, false),
            ([.open, .closed], .soon, .none, false),
            ([.open, .closed], .late, .closed, true),
            ([.closed, .late], .open, .opened, false), ([.closed, .late], .closed, .none, true),
            ([.closed, .late], .soon, .none, true),
            ([.closed, .late], .late, .none, true),
        ]
        for row in rows {
            var contact = Contact(debounce: .milliseconds(5))
            var time: Int64 = 0
            func give(_ step: Step) -> Contact.Change {
                switch step {
                case .open: return contact.see(closed: false, at: at(time))
                case .closed: return contact.see(closed: true, at: at(time))
                case .soon:
                    time += 4
                    return contact.settle(now: at(time))
                case .late:
                    time += 5
                    return contact.settle(now: at(time))
                }
            }
            for step in row.history { _ = give(step) }
            #expect(give(row.input) == row.change, "\(row)")
            #expect(contact.isClosed == row.isClosed, "\(row)")
        }
    }

    @Test(
        """
        bounces of 1 to 50 ms neither mask an opening nor tell of a second one, and closing counts from the last of \
        them
        """,
        arguments: 1...50)
    func bounce(width: Int64) {
        var contact = Contact(debounce: .milliseconds(60))
        _ = contact.see(closed: true, at: at(0))
        #expect(contact.settle(now: at(60)) == .closed)
        #expect(contact.see(closed: false, at: at(100)) == .opened)
        var time: Int64 = 100
        for _ in 0..<10 {
            time += width
            #expect(contact.see(closed: true, at: at(time)) == .none)
            time += width
            #expect(contact.settle(now: at(time)) == .none)
            #expect(contact.see(closed: false, at: at(time)) == .none)
        }
        time += width
        #expect(contact.see(closed: true, at: at(time)) == .none)
        #expect(contact.settle(now: at(time + 59)) == .none)
        #expect(contact.settle(now: at(time + 60)) == .closed)
    }
}
