import Glibc

/// The operating system's words for an error number.
public enum SystemError {
    /// The words for an error number, in lower case.
    public static func text(_ code: Int32) -> String { unsafe String(cString: strerror(code)).lowercased() }
}
