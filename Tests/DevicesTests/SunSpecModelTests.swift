import Devices
import Foundation
import TestSupport
import Testing

@Suite("SunSpec models")
struct SunSpecModelTests {
    private struct File: Decodable {
        var id: UInt16
        var group: Group
    }
    private struct Group: Decodable {
        var name: String
        var points: [Point]?
        var groups: [Group]?
    }
    private struct Point: Decodable {
        var name: String
        var type: String
        var size: Int
        var access: String?
    }

    private static let folder = TestData.outside + "/sunspec-models"
    private static let isThere = FileManager.default.fileExists(atPath: folder)

    @Test(
        "every point of every published model has its offset, type and access",
        .enabled(if: isThere, "the published models are not there"))
    func published() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasPrefix("model_") }
        #expect(files.count == SunSpecModels.all.count)
        for name in files {
            let file = try JSONDecoder().decode(
                File.self, from: Data(contentsOf: URL(fileURLWithPath: Self.folder + "/" + name)))
            let model = try #require(SunSpecModels[file.id], "model \(file.id)")
            compare(file.group.points!.dropFirst(2).map { $0 }, model.points, from: 2, "\(file.id)")
            compare(file.group.groups ?? [], model.groups, "\(file.id)")
        }
    }

    private func compare(_ published: [Point], _ ours: [SunSpecPoint], from offset: Int, _ place: String) {
        var offset = offset
        #expect(published.map(\.name) == ours.map(\.name), "\(place)")
        for (theirs, point) in zip(published, ours) {
            #expect(
                point.offset == offset && point.registerCount == theirs.size && point.kind.rawValue == theirs.type,
                "\(place) \(theirs.name)")
            #expect(point.isWritable == (theirs.access == "RW"), "\(place) \(theirs.name)")
            offset += theirs.size
        }
    }

    private func compare(_ published: [Group], _ ours: [SunSpecGroup], _ place: String) {
        #expect(published.map(\.name) == ours.map(\.name), "\(place)")
        for (theirs, group) in zip(published, ours) {
            compare(theirs.points ?? [], group.points, from: 0, "\(place).\(theirs.name)")
            compare(theirs.groups ?? [], group.groups, "\(place).\(theirs.name)")
        }
    }

    @Test("lengths are those of the published tables (sunspec/models, 7abdf89)")
    func lengths() {
        for (id, length): (UInt16, UInt16) in [
            (1, 66), (103, 50), (701, 153), (702, 50), (703, 17), (704, 65), (713, 7), (715, 7),
        ] {
            #expect(SunSpecModels.length(of: id) == length, "model \(id)")
        }
    }

    /// A model 701 with some values, and everything else not implemented.
    private static func image(_ model: SunSpecModel, _ values: [String: [UInt16]]) -> [UInt16] {
        var words = [model.id, UInt16(model.registerCount - 2)]
        for point in model.points { words += values[point.name] ?? point.notImplemented }
        return words
    }

    @Test("values are scaled, and what is not implemented, or has no scale, is nothing")
    func scaling() throws {
        let model = try #require(SunSpecModels[701])
        let words = Self.image(
            model,
            [
                "W": [UInt16(bitPattern: -1_234)], "W_SF": [1], "Hz": [0, 50_012], "Hz_SF": [UInt16(bitPattern: -3)],
                "LNV": [2_301],
                "St": [1],
            ])
        let values = Dictionary(uniqueKeysWithValues: model.values(in: words).map { ($0.name, $0.value) })
        #expect(values["W"] == .number(-12_340))
        #expect(values["Hz"] == .number(50.012))
        #expect(values["St"] == .number(1))
        #expect(values["VA"] == .notImplemented)
        #expect(values["LNV"] == .notImplemented, "its scale factor is not implemented")
    }

    @Test("groups come as often as the device says, and never beyond its registers")
    func groups() throws {
        let model = try #require(SunSpecModels[714])
        var words = Self.image(model, ["NPrt": [2], "DCW_SF": [0]])
        let port = model.groups[0]
        for power: UInt16 in [1_100, 2_200] {
            for point in port.points { words += point.name == "DCW" ? [power] : point.notImplemented }
        }
        let values = Dictionary(uniqueKeysWithValues: model.values(in: words).map { ($0.name, $0.value) })
        #expect(values["Prt[1].DCW"] == .number(1_100) && values["Prt[2].DCW"] == .number(2_200))
        #expect(values["Prt[3].DCW"] == nil)
        let cut = model.values(in: Array(words.dropLast(port.registerCount + 1)))
        #expect(!cut.contains { $0.name.hasPrefix("Prt[2]") })
        #expect(SunSpecModels[1]?.values(in: [1]).isEmpty == true)
    }
}
