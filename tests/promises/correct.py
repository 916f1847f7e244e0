"""What is promised of numbers: derivatives, programs, the same bits every time."""

from tests.promises.promise import promises_of

promise = promises_of("Correct")

CORRECT = [
    promise(
        "Each operation on numbers has the first and second derivatives that complex steps, exact power"
        " series, differences and PyTorch find.",
        tests="test_complex_step.py::test_derivatives_to_order_2_are_those_of_the_complex_function"
        " test_exact_twin.py::test_each_row_is_right_but_for_rounding"
        " test_ops.py::test_slopes_are_what_differences_say"
        " test_ops.py::test_value_and_both_orders_agree_with_pytorch",
        broken="slope_of_tanh_without_square slope_of_a_power_two_lower slope_of_arctan_without_square",
    ),
    promise(
        "Gradients of any order of expressions of arithmetic are the exact ones, but for the rounding of each"
        " operation.",
        tests="test_exact_twin.py::test_each_row_is_right_but_for_rounding"
        " test_exact_twin.py::test_sums_means_and_products_of_matrices_are_right_but_for_rounding"
        " test_exact_twin.py::test_random_expressions_are_right_but_for_rounding",
        broken="quotient_wrong_in_the_12th_digit second_share_replaces_the_first",
    ),
    promise(
        "Numbers and arrays have one chain rule: Values, Tensors and batches agree to the last bit where IEEE"
        " 754 says what that is.",
        tests="test_tensor_gradients.py::test_a_broadcast_gradient_is_summed_over_what_was_stretched"
        " test_agreement.py::test_every_row_agrees_at_the_edges"
        " test_agreement.py::test_values_tensors_and_batches_agree_to_the_last_bit",
        broken="subtracted_number_is_added broadcast_not_summed",
    ),
    promise(
        "An operation of your own becomes a row only if its slopes, or on whole arrays its pullbacks, are those of its"
        " function, to the second order; slopes of a formula follow from it.",
        tests="test_custom_operation_mistakes.py::test_what_cannot_be_a_row_is_one_line_and_leaves_no_trace"
        " test_custom_array_operation_mistakes.py::test_what_cannot_be_a_row_is_one_line_and_leaves_no_trace"
        " test_formula_slopes.py::test_slopes_of_a_formula_are_those_of_its_row",
        broken="own_slopes_are_not_tried own_pullbacks_are_not_tried formula_keeps_its_last_path",
    ),
    promise(
        "Functions of arrays have the derivatives that differences find, in any layout and type, eager,"
        " compiled and forward.",
        tests="test_array_functions.py::test_gradients_are_what_differences_say"
        " test_shapes_and_types.py::test_layouts_types_and_modes_agree",
        broken="matrix_product_not_transposed",
    ),
    promise(
        "An element that an index takes twice gets both gradients, whatever integers the index is of.",
        tests="test_indices.py::test_elements_taken_twice_get_both_gradients"
        " test_indices.py::test_an_index_may_be_of_any_integers",
        broken="repeated_index_counts_once index_of_bytes_counts_in_bytes",
    ),
    promise(
        "At edges, kinks and ties each operation answers as docs/edges.md shows beside NumPy, PyTorch and JAX.",
        tests="test_edges_page.py::test_answers_are_those_of_the_page[ours]",
        broken="ties_of_maximum_go_to_both zeroth_power_has_a_slope last_of_equal_elements_is_largest",
    ),
    promise(
        "`check_gradients` objects to a slope that is wrong by a millionth, at either order.",
        tests="test_checks.py::test_each_slope_broken_by_a_millionth_is_caught[tanh-0]"
        " test_checks.py::test_one_wrong_element_of_an_array_is_caught"
        " test_checks.py::test_a_slope_that_is_right_but_cannot_be_derived_is_caught_at_second_order",
        broken="check_is_lenient check_stops_at_first_order",
    ),
    promise(
        "Forward mode (`jvp`) carries the derivatives that reverse mode finds.",
        tests="test_derivatives.py::test_first_and_second_order_are_those_of_reverse_mode"
        " test_derivatives.py::test_arrays_carry_arrays_and_are_stretched",
        broken="tangent_of_the_last_input_only",
    ),
    promise(
        "A compiled program computes what its graph computes, and `verify()` tells if it does not.",
        tests="test_verification.py::test_a_pass_that_is_broken_is_found"
        " test_verification.py::test_a_right_program_differs_by_rounding_and_nothing_changes"
        " test_compiler_backward.py::test_elementwise_rows_give_the_gradients_of_tensors",
        broken="verify_compares_the_program_with_itself program_takes_the_last_share",
    ),
    promise(
        "A compiled program has the second derivatives of every operation too, over batches and of arrays without "
        "elements.",
        tests="test_compiled_rows.py::test_nothing test_compiled_rows.py::test_batches",
        broken="nothing_is_left_open program_takes_the_last_share",
    ),
    promise(
        "A power of a half is the square root of numbers, arrays and programs, also of -0.0 and infinity.",
        tests="test_row_edges.py::test_compiled_programs_are_the_same",
        broken="half_is_a_power_of_c",
    ),
    promise(
        "The same program gives the same bits in every run, whatever the hash seed and the addresses of objects.",
        tests="test_engine.py::test_the_same_program_gives_the_same_bits_every_run"
        " test_engine.py::test_graph_and_operations_come_in_order_of_creation",
        broken="order_of_addresses",
    ),
    promise(
        "The same seed trains to the same bytes, and no seed is drawn that nobody can repeat.",
        tests="test_seeding.py::test_a_seed_means_numpys_own_generator_of_that_seed"
        " test_seeding.py::test_what_is_no_seed_is_a_type_error"
        " test_cli_train.py::test_the_same_seed_gives_the_same_bytes",
        broken="seed_is_forgotten",
    ),
    promise(
        "The same seed gives the same bytes in every process on one machine, whatever the hash seed: programs, "
        "pictures, sessions, weights and what `train` writes; the files of a sweep differ in their seconds alone.",
        tests="test_determinism.py::test_programs_pictures_and_sessions_have_the_same_bytes_every_time"
        " test_determinism.py::test_a_sweep_differs_in_its_seconds_alone"
        " test_cli_train.py::test_the_same_seed_gives_the_same_bytes",
        broken="imports_in_any_order",
    ),
    promise(
        "Forked workers give the bits that one process gives, and go on in the context in which they were forked.",
        tests="test_threads.py::test_forked_workers_give_the_same_bits",
        broken="seeds_are_of_a_process",
    ),
]
