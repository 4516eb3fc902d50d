/// Suggestions for words that are not known.
public enum Spelling {
    /// The known word that is nearest, at most two edits away.
    public static func nearest(to word: String, among known: [String]) -> String? {
        known.min { distance($0, word) < distance($1, word) }.flatMap { distance($0, word) <= 2 ? $0 : nil }
    }

    /// The edits between two words, for a suggestion.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        guard left.count <= 40, right.count <= 40 else { return 99 }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
