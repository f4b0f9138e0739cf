//! Many verifications at once, told in order.

use std::ffi::c_void;

use skm::{BatchOptions, Check, Checked};

use crate::boundary;
use crate::client::{borrow, skm_client};
use crate::error::{SKM_OK, skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, perhaps_panic};
use crate::id::{self, skm_id_request, skm_id_result};
use crate::scan::{self, skm_scan_request, skm_scan_result};

/// Is told one row of skm_verify_many_scans(), on the thread that called it, in the order of the rows: `result` if
/// `status` is SKM_OK, else `error`; both are lent until it returns. Returns false to end the batch. `context` is the
/// caller's. Must not unwind.
pub type skm_scan_row = Option<
    extern "C" fn(
        row: usize,
        status: skm_status,
        result: *const skm_scan_result,
        error: *const skm_error,
        context: *mut c_void,
    ) -> bool,
>;

/// Is told one row of skm_verify_many_ids(). See skm_scan_row.
pub type skm_id_row = Option<
    extern "C" fn(
        row: usize,
        status: skm_status,
        result: *const skm_id_result,
        error: *const skm_error,
        context: *mut c_void,
    ) -> bool,
>;

/// Interface 3 for `count` requests, `workers` at once (0: as many as `http.max_connections`, which is also the most).
/// One failed row never stops the rest. Blocks until every row was told or `row` returned false, which cancels what is
/// running. Each row has the client's deadline. Any thread.
///
/// Errors: SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_CLOSED; whatever happens to a row is told with the row.
#[unsafe(no_mangle)]
pub extern "C" fn skm_verify_many_scans(
    client: *const skm_client,
    requests: *const *const skm_scan_request,
    count: usize,
    workers: u32,
    row: skm_scan_row,
    context: *mut c_void,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_verify_many_scans", error, || {
        let client = borrow(client)?;
        let row = row.ok_or_else(|| Failure::null("row"))?;
        let requests = boundary::pointers(requests, count, "requests")?;
        let checks = requests.iter().map(|request| scan::read(*request, client.encoding).map(Check::Scan)).collect();
        run(&client, checks, workers, |number, outcome| match outcome {
            Ok(Checked::Scan(result)) => {
                let result = skm_scan_result::new(&result, client.encoding);
                row(number, SKM_OK, &result, std::ptr::null(), context)
            }
            Ok(_) => unreachable!("scans were asked for"),
            Err(error) => row(number, skm_error_number_of(&error), std::ptr::null(), &error, context),
        });
        Ok(())
    })
}

/// Interface 4 for `count` requests. See skm_verify_many_scans().
///
/// Errors: as skm_verify_many_scans().
#[unsafe(no_mangle)]
pub extern "C" fn skm_verify_many_ids(
    client: *const skm_client,
    requests: *const *const skm_id_request,
    count: usize,
    workers: u32,
    row: skm_id_row,
    context: *mut c_void,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_verify_many_ids", error, || {
        let client = borrow(client)?;
        let row = row.ok_or_else(|| Failure::null("row"))?;
        let requests = boundary::pointers(requests, count, "requests")?;
        let checks = requests.iter().map(|request| id::read(*request, client.encoding).map(Check::Id)).collect();
        run(&client, checks, workers, |number, outcome| match outcome {
            Ok(Checked::Id(result)) => {
                let result = skm_id_result::new(&result, client.encoding);
                row(number, SKM_OK, &result, std::ptr::null(), context)
            }
            Ok(_) => unreachable!("ids were asked for"),
            Err(error) => row(number, skm_error_number_of(&error), std::ptr::null(), &error, context),
        });
        Ok(())
    })
}

fn skm_error_number_of(error: &skm_error) -> skm_status {
    crate::error::skm_error_number(Some(error))
}

/// Runs the readable rows, and tells these and the unreadable ones in order.
fn run(
    client: &skm_client,
    checks: Vec<Result<Check, Failure>>,
    workers: u32,
    mut tell: impl FnMut(usize, Result<Checked, skm_error>) -> bool,
) {
    let mut readable = Vec::with_capacity(checks.len());
    let mut unreadable = Vec::with_capacity(checks.len());
    for check in checks {
        match check {
            Ok(check) => {
                readable.push(check);
                unreadable.push(None);
            }
            Err(failure) => unreadable.push(Some(failure)),
        }
    }
    let options = BatchOptions::new().with_workers(workers as usize);
    let mut answers = client.core.verify_many(readable, options);
    for (row, failure) in unreadable.into_iter().enumerate() {
        perhaps_panic("skm_verify_many/row");
        let outcome = match failure {
            Some(failure) => Err(failure),
            None => answers.next().expect("as many answers as rows").map_err(Failure::from),
        };
        if !tell(row, outcome.map_err(|failure| skm_error::new(&failure.worded_in(client.encoding)))) {
            return;
        }
    }
}
