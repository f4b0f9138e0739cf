//! What comes over the boundary: the only file that dereferences pointers of the caller.
//!
//! This crate is no Rust library: only C calls it, so no safe Rust caller exists whom a `pub unsafe fn` would warn.
//! The header states the contract (valid, NUL-terminated, not changed during the call); it is trusted here, once, and
//! everything that can be checked (NULL, encoding, sizes) is.

use std::borrow::Cow;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use skm::ErrorKind;

use crate::failure::Failure;
use crate::text::Encoding;

/// A text that must be there.
pub(crate) fn required<'a>(
    text: *const c_char,
    field: &'static str,
    encoding: Encoding,
) -> Result<Cow<'a, str>, Failure> {
    optional(text, field, encoding)?.ok_or_else(|| Failure::null(field))
}

/// A text that may be NULL.
pub(crate) fn optional<'a>(
    text: *const c_char,
    field: &'static str,
    encoding: Encoding,
) -> Result<Option<Cow<'a, str>>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; the header asks for a NUL-terminated text that stays as it is during the call.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    encoding.decode(bytes).map(Some).ok_or_else(|| Failure::encoding(field, encoding, bytes))
}

/// `length` bytes; NULL only for none.
pub(crate) fn bytes<'a>(data: *const u8, length: usize, field: &'static str) -> Result<&'a [u8], Failure> {
    if data.is_null() {
        return Err(Failure::null(field));
    }
    // SAFETY: not NULL; the header asks for `length` readable bytes that stay as they are during the call.
    Ok(unsafe { std::slice::from_raw_parts(data, length) })
}

/// At most `length` bytes, fewer if a NUL comes first: nothing behind a NUL is looked at, whatever `length` says.
pub(crate) fn bytes_to_nul<'a>(data: *const u8, length: usize, field: &'static str) -> Result<&'a [u8], Failure> {
    if data.is_null() {
        return Err(Failure::null(field));
    }
    let most = length.min(isize::MAX as usize);
    // SAFETY: not NULL; the header asks for bytes that are readable up to a NUL or `length`, whichever comes first.
    let end = (0..most).find(|at| unsafe { *data.add(*at) } == 0).unwrap_or(most);
    bytes(data, end, field)
}

/// An array of pointers, each checked by its reader.
pub(crate) fn pointers<'a, T>(
    array: *const *const T,
    count: usize,
    field: &'static str,
) -> Result<&'a [*const T], Failure> {
    if array.is_null() {
        return Err(Failure::null(field));
    }
    // SAFETY: not NULL; the header asks for `count` pointers that stay as they are during the call.
    Ok(unsafe { std::slice::from_raw_parts(array, count) })
}

/// Where a result goes; written only on success.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    pub(crate) fn new(place: *mut T, field: &'static str) -> Result<Out<T>, Failure> {
        if place.is_null() { Err(Failure::null(field)) } else { Ok(Out(place)) }
    }

    pub(crate) fn set(&self, value: T) {
        // SAFETY: not NULL; the header asks for a place that can be written. What was there is plain data.
        unsafe { self.0.write(value) }
    }
}

impl<T> Out<*mut T> {
    /// Hands over a new object.
    pub(crate) fn give(&self, value: T) {
        self.set(Box::into_raw(Box::new(value)));
    }
}

/// Writes to a place that may be NULL.
pub(crate) fn put<T>(place: *mut T, value: impl FnOnce() -> T) {
    if let Ok(out) = Out::new(place, "") {
        out.set(value());
    }
}

/// A handle that must be there.
pub(crate) fn handle<'a, T>(object: Option<&'a T>, field: &'static str) -> Result<&'a T, Failure> {
    object.ok_or_else(|| Failure::null(field))
}

/// A struct of the header whose first member is `size_t struct_size`. All-zero bytes must be a valid value.
///
/// # Safety
/// The type must be `repr(C)`, begin with a `usize`, and be valid as all zeros.
pub(crate) unsafe trait SizedStruct: Copy {
    /// The size of its first published form: a smaller one is a mistake.
    const FIRST_SIZE: usize;
}

/// Larger than any struct of the header will ever be: a size beyond it is an uninitialised struct.
const ABSURD_SIZE: usize = 4096;

/// Reads a struct of the caller's size: members that the caller does not know are zero, members that we do not know
/// must be.
pub(crate) fn sized<T: SizedStruct>(given: *const T, field: &'static str) -> Result<T, Failure> {
    if given.is_null() {
        return Err(Failure::null(field));
    }
    // SAFETY: not NULL; a `SizedStruct` begins with its size.
    let size = unsafe { given.cast::<usize>().read() };
    // The compiler rounds a struct's size up: another one would end inside of a member, in half a pointer say.
    if !(T::FIRST_SIZE..=ABSURD_SIZE).contains(&size) || !size.is_multiple_of(align_of::<T>()) {
        return Err(Failure::input(
            "struct_size",
            "struct_size is not set: start from the _INIT macro of the struct",
            "struct_size 未设置:请用该结构体的 _INIT 宏初始化",
        ));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: the caller's struct has `size` bytes.
    let all = unsafe { std::slice::from_raw_parts(given.cast::<u8>(), size) };
    if all[known..].iter().any(|byte| *byte != 0) {
        return Err(Failure::of(
            ErrorKind::VersionMismatch,
            "the struct sets members that this older library does not know: install a newer one",
            "结构体含有本库版本不认识的成员:请安装更新的库",
        ));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: `known` bytes are readable there and writable here, and do not overlap; all zeros are a valid `T`.
    unsafe {
        std::ptr::copy_nonoverlapping(all.as_ptr(), value.as_mut_ptr().cast::<u8>(), known);
        Ok(value.assume_init())
    }
}
