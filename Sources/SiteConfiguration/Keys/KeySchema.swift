import Foundation
import FrequencyResponse

/// The site file as a JSON Schema (draft 2020-12), for editors that check while one writes.
public enum KeySchema {
    /// The whole schema.
    public static var json: String {
        var schema = object(KeyGroup.siteFile)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = "droopd site file"
        schema["oneOf"] = [["required": ["service"]], ["required": ["services"]]]
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: schema, options: options) else {
            preconditionFailure("the schema is no JSON")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func object(_ group: KeyGroup) -> [String: Any] {
        if group === KeyGroup.anyService { return service }
        var schema: [String: Any] = ["type": "object", "description": group.meaning]
        var properties: [String: Any] = [:]
        for key in group.keys { properties[key.name] = property(key) }
        schema["properties"] = properties
        if let entries = group.entries {
            schema["additionalProperties"] =
                group.variants.isEmpty ? object(entries) : ["anyOf": ([entries] + group.variants).map { object($0) }]
        } else {
            schema["additionalProperties"] = false
        }
        // What a charger lacks may stand in charger_defaults.
        let required = group.keys.filter {
            $0.isRequired && (group !== KeyGroup.charger || KeyGroup.chargerDefaults[$0.name] == nil)
        }.map(\.name)
        if !required.isEmpty { schema["required"] = required }
        return schema
    }

    /// A service of one of the kinds, each with its own keys.
    private static var service: [String: Any] {
        [
            "description": KeyGroup.anyService.meaning,
            "oneOf": ServiceKind.all.map { kind -> [String: Any] in
                var schema = object(KeyGroup.service(kind))
                var properties = schema["properties"] as? [String: Any] ?? [:]
                properties["kind"] = ["const": "\(kind.rules.name)", "description": "\(kind.rules.title)"]
                schema["properties"] = properties
                return schema
            },
        ]
    }

    private static func property(_ key: SiteKey) -> [String: Any] {
        var schema = value(key.value)
        let standard = key.isRequired ? "Required." : "Default: \(key.standard)."
        schema["description"] = key.section == nil ? "\(key.meaning) \(standard)" : key.meaning
        return schema
    }

    private static func value(_ value: KeyValue) -> [String: Any] {
        switch value {
        case .quantity(let dimension, _):
            let units = dimension.units.map { NSRegularExpression.escapedPattern(for: $0.name) }.joined(separator: "|")
            return ["type": "string", "pattern": "^[-+]?[0-9]+(\\.[0-9]+)? *(\(units))$"]
        case .whole(let range): return ["type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound]
        case .text:
            // A line's number and a time of day without quotes are no strings for YAML.
            return ["type": ["string", "integer"]]
        case .choice(let names):
            // YAML reads these as booleans.
            let booleans: [String: Bool] = [
                "true": true, "false": false, "on": true, "off": false, "yes": true, "no": false,
            ]
            let values: [Any] = names + Set(names.compactMap { booleans[$0] }).sorted { $0 && !$1 }
            return ["enum": values]
        case .section(let group): return object(group)
        case .sections(let group): return ["type": "array", "minItems": 1, "items": object(group)]
        case .list(_, let word):
            let list: [String: Any] = ["type": "array"]
            return word.map { ["anyOf": [["const": $0], list]] } ?? list
        }
    }
}
