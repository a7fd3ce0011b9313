/// How many replicas must have answered: the [consistency] of native_protocol_v4.spec § 3.
package enum Consistency: UInt16, Sendable, CaseIterable {
    case any = 0x00
    case one = 0x01
    case two = 0x02
    case three = 0x03
    case quorum = 0x04
    case all = 0x05
    case localQuorum = 0x06
    case eachQuorum = 0x07
    case serial = 0x08
    case localSerial = 0x09
    case localOne = 0x0A
}
