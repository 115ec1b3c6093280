//! Changes and documents made to harm, for tests of every room that takes bytes from outside.
