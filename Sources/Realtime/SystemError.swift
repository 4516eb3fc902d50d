import Glibc

/// The operating system's words for an error number.
public enum SystemError {
    public static func text(_ code: Int32) -> String { unsafe String(cString: strerror(code)).lowercased() }
}
