"""The promises of trust: what each says, the tests that prove it, the patches that break it and must fail those tests.

To add a promise: write its test; change one line of micrograd_plus/, viz/ or cli/ so that the promise no longer holds;
keep the change with `git diff -U1 >tests/broken/NAME.patch` and undo it; add a row below, the test that notices first
in front; run `pytest -n 0 -m "" tests/test_broken.py -k NAME` and `python docs/write_trust.py`.
Tests are named as pytest names them, without the folder `tests/`: those alone that are needed and quick, since each
patch runs them in a process of its own. A patch may belong to several promises; each promise must notice it.
"""

from __future__ import annotations

from typing import NamedTuple

SECTIONS = ("Correct", "Engine", "Robust", "Secure")


class Promise(NamedTuple):
    """One sentence that a user understands, and how it is proved."""

    section: str
    says: str
    tests: tuple[str, ...]
    broken: tuple[str, ...]


def promise(section: str, says: str, *, tests: str, broken: str) -> Promise:
    """Return a promise from texts in which the names of tests and patches are separated by blanks."""
    return Promise(section, says, tuple(tests.split()), tuple(broken.split()))


PROMISES = [
    promise(
        "Correct",
        "Each operation on numbers has the first and second derivatives that complex steps, exact power"
        " series, differences and PyTorch find.",
        tests="test_complex_step.py::test_derivatives_to_order_2_are_those_of_the_complex_function"
        " test_exact_twin.py::test_each_row_is_right_but_for_rounding"
        " test_ops.py::test_slopes_are_what_differences_say"
        " test_ops.py::test_value_and_both_orders_agree_with_pytorch",
        broken="slope_of_tanh_without_square slope_of_a_power_two_lower slope_of_arctan_without_square",
    ),
    promise(
        "Correct",
        "Gradients of any order of expressions of arithmetic are the exact ones, but for the rounding of each"
        " operation.",
        tests="test_exact_twin.py::test_each_row_is_right_but_for_rounding"
        " test_exact_twin.py::test_sums_means_and_products_of_matrices_are_right_but_for_rounding"
        " test_exact_twin.py::test_random_expressions_are_right_but_for_rounding",
        broken="quotient_wrong_in_the_12th_digit second_share_replaces_the_first",
    ),
    promise(
        "Correct",
        "Numbers and arrays have one chain rule: Values, Tensors and batches agree to the last bit where IEEE"
        " 754 says what that is.",
        tests="test_tensor_gradients.py::test_a_broadcast_gradient_is_summed_over_what_was_stretched"
        " test_agreement.py::test_every_row_agrees_at_the_edges"
        " test_engine.py::test_values_tensors_and_batches_agree_to_the_last_bit",
        broken="subtracted_number_is_added broadcast_not_summed",
    ),
    promise(
        "Correct",
        "An operation of your own becomes a row only if its slopes are those of its function, to the second order;"
        " those of a formula follow from it.",
        tests="test_custom_operations.py::test_what_cannot_be_a_row_is_one_line_and_leaves_no_trace"
        " test_custom_operations.py::test_slopes_of_a_formula_are_those_of_its_row",
        broken="own_slopes_are_not_tried formula_keeps_its_last_path",
    ),
    promise(
        "Correct",
        "Functions of arrays have the derivatives that differences find, in any layout and type, eager,"
        " compiled and forward.",
        tests="test_array_functions.py::test_gradients_are_what_differences_say"
        " test_shapes_and_types.py::test_layouts_types_and_modes_agree",
        broken="matrix_product_not_transposed",
    ),
    promise(
        "Correct",
        "An element that an index takes twice gets both gradients.",
        tests="test_indices.py::test_elements_taken_twice_get_both_gradients",
        broken="repeated_index_counts_once",
    ),
    promise(
        "Correct",
        "At edges, kinks and ties each operation answers as docs/edges.md shows beside NumPy, PyTorch and JAX.",
        tests="test_edges_page.py::test_answers_are_those_of_the_page[ours]",
        broken="ties_of_maximum_go_to_both zeroth_power_has_a_slope last_of_equal_elements_is_largest",
    ),
    promise(
        "Correct",
        "`check_gradients` objects to a slope that is wrong by a millionth, at either order.",
        tests="test_checks.py::test_each_slope_broken_by_a_millionth_is_caught[tanh-0]"
        " test_checks.py::test_one_wrong_element_of_an_array_is_caught"
        " test_checks.py::test_a_slope_that_is_right_but_cannot_be_derived_is_caught_at_second_order",
        broken="check_is_lenient check_stops_at_first_order",
    ),
    promise(
        "Correct",
        "Forward mode (`jvp`) carries the derivatives that reverse mode finds.",
        tests="test_derivatives.py::test_first_and_second_order_are_those_of_reverse_mode"
        " test_derivatives.py::test_arrays_carry_arrays_and_are_stretched",
        broken="tangent_of_the_last_input_only",
    ),
    promise(
        "Correct",
        "A compiled program computes what its graph computes, and `verify()` tells if it does not.",
        tests="test_verification.py::test_a_pass_that_is_broken_is_found"
        " test_verification.py::test_a_right_program_differs_by_rounding_and_nothing_changes"
        " test_compiler_backward.py::test_elementwise_rows_give_the_gradients_of_tensors",
        broken="verify_compares_the_program_with_itself program_takes_the_last_share",
    ),
    promise(
        "Correct",
        "A compiled program has the second derivatives of every operation too, over batches and of arrays without "
        "elements.",
        tests="test_compiled_rows.py::test_nothing test_compiled_rows.py::test_batches",
        broken="nothing_is_left_open program_takes_the_last_share",
    ),
    promise(
        "Correct",
        "A power of a half is the square root of numbers, arrays and programs, also of -0.0 and infinity.",
        tests="test_row_edges.py::test_compiled_programs_are_the_same",
        broken="half_is_a_power_of_c",
    ),
    promise(
        "Correct",
        "The same program gives the same bits in every run, whatever the hash seed and the addresses of objects.",
        tests="test_engine.py::test_the_same_program_gives_the_same_bits_every_run"
        " test_engine.py::test_graph_and_operations_come_in_order_of_creation",
        broken="order_of_addresses",
    ),
    promise(
        "Correct",
        "The same seed trains to the same bytes, and no seed is drawn that nobody can repeat.",
        tests="test_seeding.py::test_a_seed_means_numpys_own_generator_of_that_seed"
        " test_seeding.py::test_what_is_no_seed_is_a_type_error"
        " test_cli_train.py::test_the_same_seed_gives_the_same_bytes",
        broken="seed_is_forgotten",
    ),
    promise(
        "Engine",
        "A `Value` takes real numbers, and refuses anything else by a `TypeError` that says what came and"
        " what is wanted.",
        tests="test_value.py::test_anything_else_is_refused_by_name"
        " test_value.py::test_infix_refuses_on_either_side test_value.py::test_real_numbers_become_floats",
        broken="texts_are_taken_for_numbers",
    ),
    promise(
        "Engine",
        "A `Tensor` keeps float32 and float64, makes float64 of integers and bools, and refuses complex"
        " numbers and objects.",
        tests="test_tensor.py::test_floats_are_kept_and_whole_numbers_become_float64"
        " test_tensor.py::test_anything_else_is_refused_by_name"
        " test_tensor.py::test_a_narrow_input_of_a_wide_result_gets_a_narrow_gradient",
        broken="integers_become_float32 complex_numbers_are_taken gradient_of_float32_is_float64",
    ),
    promise(
        "Engine",
        "An array times a `Value` is one clear `TypeError` and no array of objects.",
        tests="test_value.py::test_values_and_arrays_do_not_mix",
        broken="arrays_take_values_one_by_one",
    ),
    promise(
        "Engine",
        "Inputs are an ordered tuple: `a - b` has a before b, and `a + a` two edges.",
        tests="test_value.py::test_inputs_are_ordered_and_repeated"
        " test_engine.py::test_contributions_are_slope_times_upstream_in_order_of_inputs",
        broken="inputs_turned_round",
    ),
    promise(
        "Engine",
        "Nothing recurses: long chains are built, derived, copied, refreshed and deleted.",
        tests="test_engine.py::test_a_long_chain_is_copied_refreshed_and_derived_as_a_graph"
        " test_engine.py::test_a_long_chain_is_built_derived_and_deleted"
        " test_tensor_gradients.py::test_a_long_chain_is_built_derived_and_freed",
        broken="graph_is_found_by_recursion",
    ),
    promise(
        "Engine",
        "A graph is freed when it is dropped, without the cyclic collector.",
        tests="test_engine.py::test_a_graph_is_freed_as_soon_as_it_is_dropped"
        " test_tensor_gradients.py::test_a_graph_is_freed_as_soon_as_it_is_dropped",
        broken="label_leads_back_to_its_node",
    ),
    promise(
        "Engine",
        "Gradients of leaves add up over calls of `backward()`; those of computed nodes are set afresh in each.",
        tests="test_engine.py::test_leaves_add_up_and_computed_nodes_start_afresh"
        " test_engine.py::test_computed_nodes_start_afresh_wherever_they_are_read"
        " test_tensor_gradients.py::test_leaves_add_up_and_computed_nodes_start_afresh",
        broken="inner_gradients_add_up leaves_start_afresh inner_gradients_of_arrays_add_up",
    ),
    promise(
        "Engine",
        "`backward()` of more than one number wants a gradient of its shape.",
        tests="test_tensor_gradients.py::test_a_root_of_several_numbers_wants_a_gradient_of_its_shape",
        broken="several_numbers_are_summed",
    ),
    promise(
        "Engine",
        "No gradient shares its array with another node's, nor with what was given.",
        tests="test_tensor_gradients.py::test_gradient_arrays_are_nobody_elses"
        " test_tensor_gradients.py::test_a_gradient_that_was_kept_does_not_grow",
        broken="leaves_share_a_gradient kept_gradient_grows",
    ),
    promise(
        "Engine",
        "A gradient that was not computed is told from one that is zero.",
        tests="test_engine.py::test_a_gradient_that_was_not_computed_is_told_from_zero"
        " test_engine.py::test_zero_through_flat_operations_is_computed test_engine.py::test_zero_grad_forgets"
        " test_engine.py::test_a_gradient_set_by_hand_counts_as_computed",
        broken="zero_counts_as_not_computed zero_grad_sets_zero",
    ),
    promise(
        "Engine",
        "Under `no_grad()` nothing is recorded, and no input kept alive; afterwards all is.",
        tests="test_context.py::test_no_grad_makes_leaves test_tensor.py::test_no_grad_makes_leaves"
        " test_engine.py::test_no_grad_keeps_no_input_alive"
        " test_context.py::test_what_follows_no_grad_is_recorded_again",
        broken="no_grad_records_numbers no_grad_records_arrays no_grad_stays",
    ),
    promise(
        "Engine",
        "`no_grad`, scopes and watchers are those of one thread and one task.",
        tests="test_context.py::test_no_grad_is_its_threads_own test_context.py::test_no_grad_is_its_tasks_own"
        " test_context.py::test_a_new_thread_starts_at_the_top",
        broken="one_context_for_all_threads",
    ),
    promise(
        "Engine",
        "Arithmetic goes by IEEE 754 as NumPy's: `1/0` is inf, `log(0)` -inf, a negative base to a fraction nan.",
        tests="test_ops.py::test_edges_follow_ieee_754 test_ops.py::test_a_power_by_a_constant_has_the_same_edges"
        " test_ops.py::test_slopes_at_kinks_and_far_out",
        broken="functions_raise_as_pythons_do slopes_raise_as_pythons_do",
    ),
    promise(
        "Engine",
        "One documented slope per kink: of `relu` and `abs` it is 0 at 0, of `x**0` it is 0 everywhere.",
        tests="test_ops.py::test_slopes_at_kinks_and_far_out test_ops.py::test_the_zeroth_power_is_flat_everywhere"
        " test_ops.py::test_of_two_equal_inputs_the_first_gets_the_gradient",
        broken="relu_has_a_slope_at_zero zeroth_power_has_a_slope",
    ),
    promise(
        "Engine",
        "What selects (`relu`, `where`, `maximum`, `clip`) masks the gradient: no `0 * inf` makes a nan.",
        tests="test_ops.py::test_masks_stop_an_infinite_gradient"
        " test_tensor_gradients.py::test_masks_stop_an_infinite_gradient",
        broken="masks_multiply_numbers masks_multiply_arrays",
    ),
    promise(
        "Engine",
        "`tanh`, `sigmoid`, `softplus`, `logsumexp` and cross-entropy are finite, with finite gradients, at ±1000.",
        tests="test_ops.py::test_slopes_at_kinks_and_far_out test_ops.py::test_edges_follow_ieee_754"
        " test_losses.py::test_large_outputs_overflow_nowhere test_anomaly.py::test_the_rewrites_are_stable",
        broken="sigmoid_overflows softplus_overflows logsumexp_overflows",
    ),
    promise(
        "Engine",
        "A leaf that changed between forward and backward is named, and not silently used; `refresh()` computes anew.",
        tests="test_engine.py::test_a_leaf_changed_after_the_graph_was_made_is_named"
        " test_misuse.py::test_data_changed_between_forward_and_backward"
        " test_engine.py::test_refresh_computes_again_in_place"
        " test_engine.py::test_changes_elsewhere_are_no_false_alarm",
        broken="change_is_not_noted any_change_is_an_alarm refresh_keeps_the_old_data",
    ),
    promise(
        "Engine",
        "`detect_anomaly()` names the first node that became nan or inf, forward or backward, with its inputs"
        " and the line of your code.",
        tests="test_anomaly.py::test_forward_message_names_operation_inputs_and_line"
        " test_anomaly.py::test_backward_message_names_the_input_that_receives_it"
        " test_anomaly.py::test_first_bad_node_is_named_not_a_later_one"
        " test_anomaly.py::test_tensor_names_the_first_bad_number",
        broken="anomaly_in_the_library backward_anomalies_pass",
    ),
    promise(
        "Engine",
        "Where a stable way to write it is known, `detect_anomaly()` says so, and it is stable.",
        tests="test_anomaly.py::test_a_stable_rewrite_is_named test_anomaly.py::test_the_rewrites_are_stable",
        broken="no_advice",
    ),
    promise(
        "Engine",
        "A rule that raises halfway leaves the gradients as they were.",
        tests="test_float_rules.py::test_a_rule_that_raises_halfway_leaves_gradients_as_they_were",
        broken="shares_are_added_one_by_one",
    ),
    promise(
        "Engine",
        "Programs written for micrograd run with one changed import, rules of `_backward` made by hand included.",
        tests="test_micrograd_names.py::test_the_neuron_with_operations_made_by_hand"
        " test_micrograd_names.py::test_positional_arguments_and_names"
        " test_micrograd_names.py::test_a_rule_of_the_users_replaces_the_tables"
        " test_micrograd_names.py::test_three_children_made_by_hand",
        broken="rule_of_the_user_is_not_run third_child_is_lost",
    ),
    promise(
        "Engine",
        "Without `rng`, `MLP` draws micrograd's weights from Python's `random`, so that seeded notebooks give"
        " their numbers.",
        tests="test_nn.py::test_a_seeded_mlp_draws_as_micrograd_does"
        " test_nn.py::test_a_seeded_mlp_begins_with_the_weights_of_micrograd",
        broken="weights_are_drawn_elsewhere",
    ),
    promise(
        "Engine",
        "`gradient()` gives graphs, so that derivatives have any order, and leaves `.grad` alone.",
        tests="test_engine.py::test_gradients_of_any_order test_engine.py::test_gradient_does_not_touch_grad"
        " test_tensor_gradients.py::test_gradients_of_any_order"
        " test_engine.py::test_mixed_second_derivatives_agree",
        broken="gradients_are_numbers",
    ),
    promise(
        "Robust",
        "A mistake on the command line is one line on stderr and exit status 2, never a traceback.",
        tests="test_hostile_files.py::test_commands_say_it_in_one_line test_cli_train.py::test_mistakes"
        " test_terminal.py::test_files_that_are_wrong_or_missing"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[command]",
        broken="mistake_is_a_traceback missing_file_is_a_traceback",
    ),
    promise(
        "Robust",
        "Any index and any argument of a function of arrays is used or refused by a `TypeError`, `ValueError` or"
        " `IndexError`.",
        tests="test_shape_errors.py::test_what_is_wrong_is_said_in_one_line"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[index]",
        broken="huge_index_is_numpys_error",
    ),
    promise(
        "Robust",
        "Any text is read as a formula or refused at its column: no traceback, however deep, long or odd it is.",
        tests="test_expression.py::test_deep_formulas_are_read_or_refused"
        " test_expression.py::test_what_is_too_long_is_refused"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[expression]",
        broken="deep_formula_is_a_traceback",
    ),
    promise(
        "Robust",
        "A damaged session is refused in one line: no traceback and no gigabyte.",
        tests="test_saved_session.py::test_a_damaged_file_is_one_line"
        " test_saved_session.py::test_what_is_no_session_is_one_line"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[session]",
        broken="session_with_a_hole_is_a_traceback session_of_any_version",
    ),
    promise(
        "Robust",
        "A damaged table is refused in one line that names file and line, or read as it stands.",
        tests="test_tables_reading.py::test_what_is_wrong_with_a_file_is_said_in_one_line"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[table]",
        broken="damaged_table_is_a_traceback",
    ),
    promise(
        "Robust",
        "A model that is cut short, of another program or of a newer version is refused in one line.",
        tests="test_checkpoint.py::test_a_file_cut_short_anywhere_is_refused"
        " test_checkpoint.py::test_metadata_that_save_did_not_write_is_refused"
        " test_checkpoint.py::test_a_safetensors_file_of_another_program_is_no_checkpoint"
        " test_hostile_files.py::test_flipped_bits_are_refused_or_give_other_numbers",
        broken="damaged_model_is_a_traceback newer_model_is_read any_format_is_a_model",
    ),
    promise(
        "Robust",
        "No file, however small, makes a program take a gigabyte of memory.",
        tests="test_hostile_files.py::test_no_file_takes_more_than_a_gigabyte",
        broken="json_of_any_size",
    ),
    promise(
        "Robust",
        "Pipes, devices, folders and circles of links are refused by name, and nothing waits for them.",
        tests="test_hostile_files.py::test_what_is_no_file_is_an_os_error_that_names_it",
        broken="devices_are_read",
    ),
    promise(
        "Robust",
        "A file is written whole or not at all: after an exception, a kill or a full disk the old one is there.",
        tests="test_atomic_file.py::test_until_the_block_ends_the_old_file_is_there"
        " test_atomic_file.py::test_after_an_exception_all_is_as_before"
        " test_atomic_file.py::test_a_killed_process_leaves_the_old_file"
        " test_atomic_file.py::test_a_full_disk_leaves_the_old_file",
        broken="file_is_written_in_place half_a_file_stays",
    ),
    promise(
        "Robust",
        "A link stays a link, a read-only file stays as it is, and an old file keeps its permissions.",
        tests="test_atomic_file.py::test_a_link_stays_a_link_and_its_file_is_replaced"
        " test_atomic_file.py::test_a_new_file_gets_the_permissions_of_any_new_file_and_an_old_one_keeps_its_own",
        broken="link_is_replaced permissions_are_lost",
    ),
    promise(
        "Robust",
        "A training that was killed goes on to the same bits.",
        tests="test_checkpoint_keeper.py::test_a_training_that_was_ended_goes_on_to_the_same_bits",
        broken="random_numbers_begin_anew",
    ),
    promise(
        "Robust",
        "Sixteen threads that train at once give the bits that they give one after the other.",
        tests="test_threads.py::test_threads_that_take_turns_at_every_step_do_not_see_each_other"
        " test_threads.py::test_sixteen_threads_give_the_same_bits_as_one_after_the_other",
        broken="one_context_for_all_threads",
    ),
    promise(
        "Robust",
        "A hanging, failing or endlessly writing Graphviz is stopped with all that it started, and something"
        " else draws.",
        tests="test_render.py::test_a_hanging_engine_is_killed_with_what_it_started"
        " test_render.py::test_an_engine_that_writes_without_end_is_stopped"
        " test_render.py::test_a_failing_engine_is_named_and_the_next_is_used",
        broken="what_an_engine_started_goes_on engine_may_write_without_end",
    ),
    promise(
        "Secure",
        "The debugger at a terminal shows names in one line of plain text, and completes to nothing that cannot be "
        "typed.",
        tests="test_terminal.py::test_bar_and_prompt_are_plain_text test_terminal.py::test_completions_can_be_typed",
        broken="scopes_break_the_bar anything_is_completed",
    ),
    promise(
        "Secure",
        "Text is run as code in the places listed in the test alone: what the compiler wrote, and the script"
        " that you name.",
        tests="test_code_that_runs.py::test_texts_run_as_code_in_these_places_alone",
        broken="numbers_of_formulas_are_evaluated",
    ),
    promise(
        "Secure",
        "Scripts are run by `graph`, `step`, `compile` and `diagnose` alone, whose help says so.",
        tests="test_script.py::test_a_script_is_run_by_those_commands_alone_whose_help_says_so",
        broken="help_does_not_warn_of_scripts",
    ),
    promise(
        "Secure",
        "Other programs are started by a list of words, never through a shell.",
        tests="test_code_that_runs.py::test_no_program_is_started_through_a_shell",
        broken="shell_starts_graphviz",
    ),
    promise(
        "Secure",
        "A formula is parsed and never evaluated.",
        tests="test_expression.py::test_nothing_is_evaluated test_expression.py::test_mistakes_are_pointed_at",
        broken="formulas_are_evaluated",
    ),
    promise(
        "Secure",
        "Labels become comments or parts of names in programs, whatever they hold: the program is that of"
        " plain labels.",
        tests="test_code_that_runs.py::test_a_label_becomes_a_comment_or_a_part_of_a_name"
        " test_code_that_runs.py::test_saved_programs_hold_no_more_of_a_label"
        " test_compile.py::test_nothing_in_a_label_is_run",
        broken="comments_end_where_labels_say names_are_taken_as_they_are",
    ),
    promise(
        "Secure",
        "Exported programs hold names of columns and classes as texts alone.",
        tests="test_export_agreement.py::test_hostile_names_are_only_names",
        broken="names_end_their_texts",
    ),
    promise(
        "Secure",
        "No file is read as a pickle, also where one poses as a model.",
        tests="test_hostile_files.py::test_a_pickle_in_disguise_is_not_opened"
        " test_code_that_runs.py::test_nothing_is_read_as_a_pickle",
        broken="model_may_be_a_pickle",
    ),
    promise(
        "Secure",
        "Pictures in SVG, HTML, DOT, Mermaid and text hold labels as texts: their structure is that of plain ones.",
        tests="test_svg.py::test_hostile_labels_stay_text"
        " test_hostile_formats.py::test_pictures_have_the_structure_of_plain_ones",
        broken="svg_text_is_markup quotes_end_dot_strings mermaid_signs_stay",
    ),
    promise(
        "Secure",
        "Pages hold texts as texts, and their policy lets nothing run but their own scripts and nothing be fetched.",
        tests="test_hostile_formats.py::test_pages_have_the_structure_of_plain_ones"
        " test_page.py::test_the_policy_knows_our_scripts_by_their_hashes_and_no_others"
        " test_page.py::test_a_page_asks_for_nothing test_page.py::test_without_scripts_none_may_run",
        broken="title_is_markup page_may_load_anything any_script_may_run",
    ),
    promise(
        "Secure",
        "Data in pages is JSON that cannot end the script that holds it.",
        tests="test_page.py::test_hostile_texts_survive_as_they_are"
        " test_page.py::test_json_says_what_it_was_told_and_can_stand_in_a_script"
        " test_hostile_formats.py::test_data_of_pages_is_read_as_it_was",
        broken="data_may_end_its_script",
    ),
    promise(
        "Secure",
        "In LaTeX a label is a text without commands.",
        tests="test_hostile_formats.py::test_latex_knows_no_command_of_a_label",
        broken="latex_obeys_labels",
    ),
    promise(
        "Secure",
        "No cell of an exported table is computed by a spreadsheet, and numbers stay numbers.",
        tests="test_csv_text.py::test_no_cell_is_a_formula test_csv_text.py::test_numbers_stay_numbers"
        " test_csv_text.py::test_other_texts_are_as_they_were",
        broken="at_sign_begins_a_formula cells_go_out_as_they_are",
    ),
    promise(
        "Secure",
        "Commands print nothing that a terminal obeys: escape sequences and signs that cannot be seen become `?`.",
        tests="test_terminal.py::test_echo test_terminal.py::test_nothing_is_printed_but_by_echo"
        " test_terminal.py::test_files_that_are_wrong_or_missing",
        broken="escape_sequences_are_printed best_epoch_is_printed_past_echo",
    ),
    promise(
        "Secure",
        "Texts of the library, also outside the command line, hold nothing that a terminal obeys.",
        tests="test_hostile_formats.py::test_texts_are_printable",
        broken="names_hold_escape_sequences",
    ),
    promise(
        "Secure",
        "Sessions hold no code: nodes and optimizers whose rule is code are not saved.",
        tests="test_saved_session.py::test_what_is_code_is_not_saved",
        broken="optimizers_of_anybody_are_saved",
    ),
    promise(
        "Robust",
        "Whatever writes a file leaves the old one or the new one, killed at any moment.",
        tests="test_writers.py::test_nothing_writes_but_through_the_atomic_writer"
        " test_writers.py::test_killed_at_any_moment_it_leaves_whole_files[bytes]"
        " test_writers.py::test_killed_at_any_moment_it_leaves_whole_files[pictures]",
        broken="file_is_taken_away_first picture_is_written_in_place",
    ),
    promise(
        "Robust",
        "A full disk, or one that is read-only, leaves every old file as it was, and one line that names it.",
        tests="test_atomic_file.py::test_a_full_disk_leaves_the_old_file"
        " test_atomic_file.py::test_of_several_files_none_is_replaced_unless_there_is_room_for_all"
        " test_writers.py::test_where_nothing_can_be_written_old_files_stay[checkpoint-fill]",
        broken="disk_full_names_no_file",
    ),
    promise(
        "Robust",
        "A sweep's folder is one process's at a time; a killed one is in nobody's way and loses the last run at most.",
        tests="test_lab_sweep_folder.py::test_two_do_not_work_on_one_folder"
        " test_lab_sweep_folder.py::test_a_killed_process_is_in_nobodys_way"
        " test_lab_sweep_folder.py::test_wherever_the_journal_is_cut_whole_runs_count"
        " test_lab_sweep_folder.py::test_a_line_that_would_take_all_memory_is_refused",
        broken="sweep_folder_is_not_locked half_a_line_counts journal_has_no_limit",
    ),
    promise(
        "Robust",
        "A loss that becomes nan or infinite ends the training with a diagnosis and the last good weights; on the "
        "command line, with the best.",
        tests="test_cli_train.py::test_training_that_diverges_later_keeps_the_best_weights[numpy]"
        " test_misuse.py::test_a_loss_that_becomes_nan_ends_the_training_with_the_last_good_weights",
        broken="nan_loss_goes_on diverged_model_is_kept",
    ),
    promise(
        "Robust",
        "Data changed between forward and backward are noticed, those of leaves and of computed nodes.",
        tests="test_misuse.py::test_data_changed_between_forward_and_backward"
        " test_misuse.py::test_data_of_a_computed_node_set_by_hand",
        broken="stale_graph_is_derived set_node_is_derived",
    ),
    promise(
        "Robust",
        "Gradients of another shape, nodes of another graph, and parameters that were computed or come twice in an "
        "optimizer are refused in one line; two optimizers of one parameter each keep a state of their own.",
        tests="test_misuse.py::test_a_gradient_of_another_shape"
        " test_misuse.py::test_nodes_of_another_graph"
        " test_misuse.py::test_parameters_that_were_computed_or_come_twice"
        " test_misuse.py::test_two_optimizers_of_the_same_parameters_each_keep_their_state",
        broken="gradient_of_any_shape foreign_node_is_pinned computed_parameter_is_taken parameter_comes_twice",
    ),
    promise(
        "Robust",
        "Ctrl-C at any moment leaves parameters and optimizer as before a step or as after it.",
        tests="test_interrupts.py::test_an_interrupted_step_moves_all_or_nothing[values]"
        " test_interrupts.py::test_an_interrupted_change_of_a_session_is_all_or_nothing[undo]",
        broken="step_is_half_done undo_is_half_done",
    ),
    promise(
        "Robust",
        "Ctrl-C leaves no scope and no `no_grad()` entered.",
        tests="test_interrupts.py::test_no_scope_stays_entered[in_scope]"
        " test_interrupts.py::test_no_scope_stays_entered[in_no_grad]",
        broken="scope_stays_entered",
    ),
    promise(
        "Robust",
        "Threads, tasks and generators have contexts of their own and see each other's changes, on a Python with a "
        "global lock: free-threaded builds are not tried.",
        tests="test_threads.py::test_a_change_that_another_thread_overtakes_hides_no_later_one"
        " test_context.py::test_blocks_may_end_in_any_order"
        " test_threads.py::test_sixteen_threads_give_the_same_bits_as_one_after_the_other"
        " test_threads.py::test_tasks_have_contexts_of_their_own",
        broken="change_is_overtaken block_comes_back blocks_of_threads_are_one",
    ),
    promise(
        "Robust",
        "Training, compiling, drawing and explaining again and again leave no cycles of references, no memory and no"
        " open file; what is kept for new names, sizes and parameters is bounded.",
        tests="test_long_runs.py::test_a_few_steps_leave_no_cycles_and_no_open_files[compile_anew]"
        " test_long_runs.py::test_a_few_steps_leave_no_cycles_and_no_open_files[values_with_anomaly]"
        " test_long_runs.py::test_scopes_of_new_names_are_forgotten_and_old_ones_are_not"
        " test_long_runs.py::test_a_program_keeps_the_versions_of_its_last_sizes",
        broken="builders_lead_to_what_they_made error_is_held_by_its_frame scope_of_every_name_is_kept"
        " version_for_every_size_is_kept",
    ),
    promise(
        "Robust",
        "Graphs of a million nodes, deep or wide, go through every feature in memory in proportion to their own, or are"
        " refused in one line.",
        tests="test_value_paths.py::test_paths_are_counted_up_to_a_number_that_can_be_held"
        " test_compile.py::test_what_becomes_too_many_operations_is_refused"
        " test_saved_session.py::test_what_could_not_be_read_again_is_not_saved"
        " test_huge_graphs.py::test_nothing_recurses[names]",
        broken="paths_are_counted_without_end any_graph_becomes_a_program session_of_any_size_is_saved"
        " graph_is_found_by_recursion",
    ),
]
